#define _GNU_SOURCE

#include "RunPlace.h"

#include <dlfcn.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

// A place's deadline is the time at which its run is late, or one of these.
enum { NoRun = 0, RunIsBeingEnded = -1, RunWasEnded = -2 };

struct ORTRunPlace {
    const OrtApi *api;
    OrtRunOptions *options;
    // Written by the thread itself, and by whoever ends late runs.
    _Atomic int64_t deadline;
    // The rest is the thread's own. What was allocated before a run and is freed in it makes `bytes` negative.
    bool runs;
    bool neededMemory;
    int64_t bytes;
    int64_t bytesMax;
    ORTRunPlace *_Nullable next;
};

static _Thread_local ORTRunPlace *_Nullable ownPlace;

// All places: the lock is for threads that come and go, and for whoever ends late runs.
static pthread_mutex_t placesLock = PTHREAD_MUTEX_INITIALIZER;
static ORTRunPlace *_Nullable places;

static int64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

// Memory

// What the engine takes for an allocator, as its first release had it; later members are not looked at.
typedef struct Allocator {
    uint32_t version;
    void *(*allocate)(struct Allocator *, size_t);
    void (*free)(struct Allocator *, void *_Nullable);
    const OrtMemoryInfo *(*info)(const struct Allocator *);
} Allocator;

// Before each piece of memory: what the system gave, and how much of it was asked for.
typedef struct Header {
    void *start;
    size_t size;
} Header;

// The engine's kernels are written for pieces that begin at a multiple of this.
enum { Alignment = 64 };

// Both are written once, under the lock of places: the engine has one environment, and takes one allocator for it.
static void (*throwBadAlloc)(void);
static const OrtMemoryInfo *_Nullable memoryInfo;

static void *allocate(Allocator *allocator, size_t size) {
    ORTRunPlace *place = ownPlace;
    bool isCounted = place != NULL && place->runs;
    size_t room = sizeof(Header) + Alignment;
    bool isTooMuch = size > PTRDIFF_MAX - room || (isCounted && (int64_t)size > place->bytesMax - place->bytes);
    char *start = isTooMuch ? NULL : malloc(size + room);
    if (start == NULL) {
        if (isCounted) place->neededMemory = true;
        // The engine takes a null for memory and writes there. It is C++, and its runs catch what C++ throws when there
        // is no memory; the frame of this function, which has nothing to undo, is passed over.
        throwBadAlloc();
        abort();
    }
    uintptr_t aligned = ((uintptr_t)start + room) & ~(uintptr_t)(Alignment - 1);
    ((Header *)aligned)[-1] = (Header){start, size};
    if (isCounted) place->bytes += (int64_t)size;
    return (void *)aligned;
}

static void release(Allocator *allocator, void *_Nullable memory) {
    if (memory == NULL) return;
    Header header = ((Header *)memory)[-1];
    ORTRunPlace *place = ownPlace;
    if (place != NULL && place->runs) place->bytes -= (int64_t)header.size;
    free(header.start);
}

static const OrtMemoryInfo *info(const Allocator *allocator) { return memoryInfo; }

static Allocator countingAllocator = {1, allocate, release, info};

bool ORTCountMemory(const OrtApi *api, OrtEnv *env, const OrtMemoryInfo *info, OrtStatus **status) {
    pthread_mutex_lock(&placesLock);
    bool isUsable = true;
    if (memoryInfo == NULL) {
        // The engine has brought it along, or the program has.
        void *runtime = dlopen("libstdc++.so.6", RTLD_NOW | RTLD_NOLOAD);
        throwBadAlloc = runtime == NULL ? NULL : (void (*)(void))dlsym(runtime, "_ZSt17__throw_bad_allocv");
        isUsable = throwBadAlloc != NULL;
        if (isUsable) {
            memoryInfo = info;
            *status = ORTRegisterAllocator(api, env, &countingAllocator);
            // Another attempt must not pass without the bound.
            if (*status != NULL) memoryInfo = NULL;
        }
    }
    pthread_mutex_unlock(&placesLock);
    return isUsable;
}

// Places

static pthread_key_t placeKey;
static pthread_once_t placeKeyIsMade = PTHREAD_ONCE_INIT;
static bool hasPlaceKey;

static void removePlace(void *ended) {
    ORTRunPlace *place = ended;
    ownPlace = NULL;
    pthread_mutex_lock(&placesLock);
    ORTRunPlace **link = &places;
    while (*link != place) link = &(*link)->next;
    *link = place->next;
    pthread_mutex_unlock(&placesLock);
    ORTReleaseRunOptions(place->api, place->options);
    free(place);
}

static void makePlaceKey(void) { hasPlaceKey = pthread_key_create(&placeKey, removePlace) == 0; }

ORTRunPlace *ORTPlaceOfThread(const OrtApi *api, OrtStatus **status) {
    if (ownPlace != NULL) return ownPlace;
    pthread_once(&placeKeyIsMade, makePlaceKey);
    ORTRunPlace *place = hasPlaceKey ? calloc(1, sizeof(ORTRunPlace)) : NULL;
    if (place == NULL) return NULL;
    *status = ORTCreateRunOptions(api, &place->options);
    if (*status != NULL || pthread_setspecific(placeKey, place) != 0) {
        if (place->options != NULL) ORTReleaseRunOptions(api, place->options);
        free(place);
        return NULL;
    }
    place->api = api;
    pthread_mutex_lock(&placesLock);
    place->next = places;
    places = place;
    pthread_mutex_unlock(&placesLock);
    ownPlace = place;
    return place;
}

const OrtRunOptions *ORTPlaceOptions(const ORTRunPlace *place) { return place->options; }

// Runs

void ORTBeginRun(ORTRunPlace *place, int64_t nanoseconds_max, int64_t bytes_max) {
    place->neededMemory = false;
    place->bytes = 0;
    place->bytesMax = bytes_max;
    place->runs = true;
    atomic_store_explicit(&place->deadline, now() + nanoseconds_max, memory_order_release);
}

int32_t ORTEndRun(ORTRunPlace *place) {
    place->runs = false;
    int32_t met = place->neededMemory ? ORTRunNeededMemory : 0;
    int64_t deadline = atomic_load_explicit(&place->deadline, memory_order_acquire);
    if (deadline > NoRun && atomic_compare_exchange_strong(&place->deadline, &deadline, NoRun)) return met;
    // Somebody is ending this run, or has: the next may begin only once that is over, or it would be ended, too.
    while (atomic_load_explicit(&place->deadline, memory_order_acquire) != RunWasEnded) sched_yield();
    OrtStatus *status = ORTUnsetTerminate(place->api, place->options);
    if (status != NULL) ORTReleaseStatus(place->api, status);
    atomic_store_explicit(&place->deadline, NoRun, memory_order_release);
    return met | ORTRunWasLate;
}

void ORTEndLateRuns(void) {
    int64_t time = now();
    pthread_mutex_lock(&placesLock);
    for (ORTRunPlace *place = places; place != NULL; place = place->next) {
        int64_t deadline = atomic_load_explicit(&place->deadline, memory_order_acquire);
        if (deadline <= NoRun || deadline > time) continue;
        // Not if the run has ended meanwhile, or another has begun.
        if (!atomic_compare_exchange_strong(&place->deadline, &deadline, RunIsBeingEnded)) continue;
        OrtStatus *status = ORTSetTerminate(place->api, place->options);
        if (status != NULL) ORTReleaseStatus(place->api, status);
        atomic_store_explicit(&place->deadline, RunWasEnded, memory_order_release);
    }
    pthread_mutex_unlock(&placesLock);
}
