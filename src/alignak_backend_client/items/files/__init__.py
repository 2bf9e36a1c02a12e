"""Items in files: data files to read, dumps to write."""
