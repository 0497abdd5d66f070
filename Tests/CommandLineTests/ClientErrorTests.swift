import ArgumentParser
import Foundation
import Kernel
import Martlet
import Testing

@testable import CommandLine

@Suite("A failure of work on this machine")
struct ClientErrorTests {
    @Test("is told in its own words, without what only the log may have")
    func words() {
        let conflict = MartletError(.resourceConflict, "The files are others.", cause: POSIXError(.EIO))
        let told = ClientError(telling: conflict)
        #expect(told?.kind == .refused && told?.description == "The files are others.")
        let away = ClientError(.unreachable, "No server answers.", remedy: "Start it.")
        #expect(ClientError(telling: away)?.description == away.description)
        #expect(ClientError(telling: away)?.kind == .unreachable)
    }

    @Test("is none where the work was called off")
    func end() {
        #expect(ClientError(telling: CancellationError())?.kind == nil)
        #expect(ClientError(telling: ExitCode(130))?.kind == nil)
    }
}
