"""Teaching: recordings of repetitions, poses to hold and corrections become samples."""
