import ArgumentParser
import NIOCore
import NIOPosix

/// Where the program begins.
@main
enum Entry {
    static func main() async {
        // Swift tasks then run on the event loops themselves: a request is read, answered and written without a change
        // of thread. Nothing may block there, so whatever blocks has threads of its own (docs/decisions/0003).
        NIOSingletons.unsafeTryInstallSingletonPosixEventLoopGroupAsConcurrencyGlobalExecutor()
        await Martlet.main()
    }
}
