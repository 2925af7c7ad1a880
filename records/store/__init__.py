"""One file per aggregate: the only SQL. Every function takes the open unit of work first and returns frozen nouns."""
