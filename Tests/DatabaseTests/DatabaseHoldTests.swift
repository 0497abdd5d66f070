import Database
import TestSupport
import Testing

@Suite("A hold on a database")
struct DatabaseHoldTests {
    private struct Refused: Error {}

    private func isHeld(_ uri: String, isShared: Bool) async throws -> Bool {
        do {
            try await DatabaseHold.during(uri, isShared: isShared, orElse: Refused()) {}
            return true
        } catch is Refused {
            return false
        }
    }

    @Test("is shared by many or is one's alone, and ends with its work", arguments: DatabaseBackend.allCases)
    func sharing(backend: DatabaseBackend) async throws {
        try await withTestDatabaseURI(backend) { uri in
            try await DatabaseHold.during(uri, isShared: true, orElse: Refused()) {
                let found = (try await isHeld(uri, isShared: true), try await isHeld(uri, isShared: false))
                #expect(found == (true, false))
            }
            await #expect(throws: Refused.self) {
                try await DatabaseHold.during(uri, isShared: false, orElse: Refused()) {
                    let found = (try await isHeld(uri, isShared: true), try await isHeld(uri, isShared: false))
                    #expect(found == (false, false))
                    throw Refused()
                }
            }
            #expect(try await isHeld(uri, isShared: false))
        }
    }
}
