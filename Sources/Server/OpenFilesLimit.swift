import Glibc

/// How many files and connections the process may have open at once.
enum OpenFilesLimit {
    /// More than this would only cost memory, wherever a system allows so many.
    private static let countMax: rlim_t = 1 << 20

    /// Raises the limit to what the system allows the process: a shell's is often 1,024, made for tools, and who serves
    /// needs one file for each connection.
    static func raise() {
        var limit = rlimit()
        guard getrlimit(Int32(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        let wanted = min(limit.rlim_max, countMax)
        guard limit.rlim_cur < wanted else { return }
        limit.rlim_cur = wanted
        // Where the system refuses, the server serves as many as it may.
        _ = setrlimit(Int32(RLIMIT_NOFILE.rawValue), &limit)
    }
}
