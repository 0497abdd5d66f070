import CHiredis
import Glibc
import NativeLibraries

/// The functions of hiredis, found by name in the library that the catalog opens.
///
/// The library stays loaded until the process ends, and so do the addresses.
enum RedisLibrary {
    /// - Throws: `libraryUnavailable` with what is missing and the command that gets it.
    static func load(from catalog: NativeLibraryCatalog) throws(StreamError) -> CHiredisFunctions {
        // The library writes to sockets that the other side may have closed, and that must not end the process.
        signal(SIGPIPE, SIG_IGN)
        do {
            return try functions(of: catalog.open(.hiredis))
        } catch {
            throw StreamError(.libraryUnavailable, error.description)
        }
    }

    private static func functions(of library: NativeLibrary) throws(NativeLibraryError) -> CHiredisFunctions {
        func find<Function>(_ name: String) throws(NativeLibraryError) -> Function {
            try library.symbol(name, as: Function.self)
        }
        return try CHiredisFunctions(
            connect_with_timeout: find("redisConnectWithTimeout"),
            set_timeout: find("redisSetTimeout"),
            enable_keep_alive: find("redisEnableKeepAlive"),
            append_command_argv: find("redisAppendCommandArgv"),
            get_reply: find("redisGetReply"),
            free_reply: find("freeReplyObject"),
            free: find("redisFree")
        )
    }
}
