import Glibc

/// The time that `body` has a processor for, which whatever else the machine does can't stretch.
func processorTime(_ body: () throws -> Void) rethrows -> Duration {
    func now() -> Duration {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }
    let started = now()
    try body()
    return now() - started
}
