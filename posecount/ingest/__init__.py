"""Ingest: photos, zips, CSV files and recordings become samples."""
