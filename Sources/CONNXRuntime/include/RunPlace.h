// What bounds the runs of models: how long one may take, and how much memory its tensors may hold.
//
// Sessions have no threads of their own, so that a run, with all that it allocates, happens on the thread that asks for
// it. Each such thread has a place, in which it writes what bounds its present run: beginning and ending one takes no
// lock and allocates nothing. A place is made at a thread's first run and goes with the thread.
#ifndef MARTLET_RUN_PLACE_H
#define MARTLET_RUN_PLACE_H

#include "CONNXRuntime.h"

#pragma clang assume_nonnull begin

typedef struct ORTRunPlace ORTRunPlace;

/// How a run went against its bounds; several may be set.
enum { ORTRunWasLate = 1, ORTRunNeededMemory = 2 };

/// Has the tensors of all sessions that are opened later with `session.use_env_allocators` counted where they are made.
///
/// To be called before any other function here; a call does nothing more once one has succeeded. `info` says of memory
/// that it is the processor's, and is kept. False, and nothing is done, where C++'s runtime is not the one that the
/// engine's library was built with.
bool ORTCountMemory(const OrtApi *api, OrtEnv *env, const OrtMemoryInfo *info, OrtStatus *_Nullable *_Nonnull status);

/// The place of the calling thread; null without memory for one, and then `status` may say why.
ORTRunPlace *_Nullable ORTPlaceOfThread(const OrtApi *api, OrtStatus *_Nullable *_Nonnull status);

/// What a run in this place is to be given; the place's own.
const OrtRunOptions *ORTPlaceOptions(const ORTRunPlace *place);

/// Begins a run of the calling thread, which may take so many nanoseconds, and whose tensors may hold so many bytes.
void ORTBeginRun(ORTRunPlace *place, int64_t nanoseconds_max, int64_t bytes_max);

/// Ends it, and says which of its bounds it met; 0 for none.
int32_t ORTEndRun(ORTRunPlace *place);

/// Has the runs of all threads end that have taken longer than they may: each at the next operator that it comes to.
void ORTEndLateRuns(void);

#pragma clang assume_nonnull end

#endif
