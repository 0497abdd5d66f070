#include "CONNXRuntime.h"

// The library is opened at run time, so there is nothing to define here: only what the header takes for granted.
_Static_assert(sizeof(void *) == 8 && sizeof(ptrdiff_t) == sizeof(int64_t), "shapes are passed as ptrdiff_t");
