"""Operations on items: names and ids, data files and dumps, queries, and writing. They use the client library."""
