"""Output formats: tables for people; JSON, YAML, CSV and NDJSON for programs. They know rows, not backends."""
