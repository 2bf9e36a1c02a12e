"""Results as text: tables for people; JSON, YAML, CSV and NDJSON for programs. It knows rows, and no backend."""
