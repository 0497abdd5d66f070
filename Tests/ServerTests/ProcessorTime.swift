import Glibc

/// What `body` gives, and the time that it has a processor for, which whatever else the machine does can't stretch.
func processorTime<Value>(_ body: () throws -> Value) rethrows -> (value: Value, time: Duration) {
    func now() -> Duration {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }
    let started = now()
    let value = try body()
    return (value, now() - started)
}
