#include "CDuckDB.h"

// These are laid out by the library and read by us.
_Static_assert(sizeof(CDuckDBResult) == 48, "a result is six words");
_Static_assert(sizeof(CDuckDBText) == 16, "a text in a vector is two words");
_Static_assert(sizeof(CDuckDBHugeInteger) == 16, "a huge integer is two words");
