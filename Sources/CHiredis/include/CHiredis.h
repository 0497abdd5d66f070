// The functions of hiredis that the room EventStream calls, for the library libhiredis.so.0.14.
//
// Nothing here is linked: the library is opened at run time, and the addresses of its functions are put into
// CHiredisFunctions by name. The two structures change between releases of another such name, and not within one.

#ifndef CHIREDIS_H
#define CHIREDIS_H

#include <stddef.h>
#include <sys/time.h>

#pragma clang assume_nonnull begin

/// The start of a connection; what follows is the library's own.
typedef struct CHiredisContext {
    /// 0 while all is well.
    int err;
    char errstr[128];
} CHiredisContext;

/// An answer, or a part of one.
typedef struct CHiredisReply {
    int type;
    long long integer;
    size_t length;
    char *_Nullable text;
    size_t count;
    struct CHiredisReply *_Nullable *_Nullable elements;
} CHiredisReply;

/// Kinds of answers.
enum {
    CHiredisText = 1,
    CHiredisArray = 2,
    CHiredisInteger = 3,
    CHiredisStatus = 5,
    CHiredisError = 6,
};

/// The addresses of the functions.
typedef struct CHiredisFunctions {
    CHiredisContext *_Nullable (*_Nonnull connect_with_timeout)(const char *host, int port, struct timeval timeout);
    int (*_Nonnull set_timeout)(CHiredisContext *context, struct timeval timeout);
    int (*_Nonnull enable_keep_alive)(CHiredisContext *context);
    int (*_Nonnull append_command_argv)(CHiredisContext *context, int count, const char *_Nullable *_Nonnull arguments,
                                        const size_t *lengths);
    int (*_Nonnull get_reply)(CHiredisContext *context, void *_Nullable *_Nonnull reply);
    void (*_Nonnull free_reply)(void *reply);
    void (*_Nonnull free)(CHiredisContext *context);
} CHiredisFunctions;

#pragma clang assume_nonnull end

#endif
