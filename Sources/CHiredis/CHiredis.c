#include "CHiredis.h"

// These are laid out by the library and read by us.
_Static_assert(offsetof(CHiredisContext, errstr) == 4, "the text follows the number");
_Static_assert(sizeof(CHiredisReply) == 48, "an answer is six words");
