// libpq, PostgreSQL's client library, as the Database room sees it.
#include <libpq-fe.h>
