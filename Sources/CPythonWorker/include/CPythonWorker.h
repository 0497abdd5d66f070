/// The programs of a Python worker, embedded, and the one way to start them.
#ifndef MARTLET_PYTHON_WORKER_H
#define MARTLET_PYTHON_WORKER_H

#include <stddef.h>
#include <sys/types.h>

/// Python/worker/martlet_worker.py, UTF-8.
extern const unsigned char martlet_worker[];
extern const size_t martlet_worker_length;
static inline const unsigned char *martlet_worker_bytes(void) { return martlet_worker; }

/// Python/worker/martlet_environment.py, UTF-8.
extern const unsigned char martlet_environment[];
extern const size_t martlet_environment_length;
static inline const unsigned char *martlet_environment_bytes(void) { return martlet_environment; }

/// Starts a program in a process group of its own. It sees `connection` as its descriptor 3 and `output` as standard
/// output and standard error; standard input is empty, nothing else is inherited, no signal is blocked or ignored.
///
/// `arguments` and `environment` end with NULL; `arguments[0]` is the program's path, `folder` where it begins.
/// Answers 0 and sets `process`, or the number of the system's error.
int martlet_start_worker(
    char *const arguments[], char *const environment[], const char *folder, int connection, int output, pid_t *process);

#endif
