"""Ingest: photos, archives, tables and recordings become samples."""
