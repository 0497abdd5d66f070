#define _GNU_SOURCE
#include "CPythonWorker.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>

static int set_attributes(posix_spawnattr_t *attributes) {
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    int failure = posix_spawnattr_setsigmask(attributes, &none);
    if (!failure) failure = posix_spawnattr_setsigdefault(attributes, &all);
    if (!failure) failure = posix_spawnattr_setpgroup(attributes, 0);
    short flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP;
    return failure ? failure : posix_spawnattr_setflags(attributes, flags);
}

static int set_actions(posix_spawn_file_actions_t *actions, const char *folder, int connection, int output) {
    int failure = posix_spawn_file_actions_addopen(actions, 0, "/dev/null", O_RDONLY, 0);
    if (!failure) failure = posix_spawn_file_actions_adddup2(actions, output, 1);
    if (!failure) failure = posix_spawn_file_actions_adddup2(actions, output, 2);
    // Last, for the descriptor 3 may be `output` itself; also where both numbers are the same it becomes inheritable.
    if (!failure) failure = posix_spawn_file_actions_adddup2(actions, connection, 3);
    if (!failure) failure = posix_spawn_file_actions_addclosefrom_np(actions, 4);
    return failure ? failure : posix_spawn_file_actions_addchdir_np(actions, folder);
}

int martlet_start_worker(
    char *const arguments[], char *const environment[], const char *folder, int connection, int output, pid_t *process) {
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_t actions;
    int failure = posix_spawnattr_init(&attributes);
    if (failure) return failure;
    failure = posix_spawn_file_actions_init(&actions);
    if (failure) {
        posix_spawnattr_destroy(&attributes);
        return failure;
    }
    failure = set_attributes(&attributes);
    if (!failure) failure = set_actions(&actions, folder, connection, output);
    if (!failure) failure = posix_spawn(process, arguments[0], &actions, &attributes, arguments, environment);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    return failure;
}
