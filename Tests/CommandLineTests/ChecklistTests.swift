import Martlet
import Testing

@testable import CommandLine

@Suite("The checklist of an approval")
struct ChecklistTests {
    private static let asked: [TransitionRequest.ChecklistItem] = [
        .init(item: "tests pass", isCompleted: true), .init(item: "card written", isCompleted: false),
        .init(item: "looked at", isCompleted: false),
    ]

    @Test("keeps what was done, and its order, and has what is done now")
    func ticked() throws {
        let ticked = try TransitionsApproveCommand.ticked(Self.asked, ["looked at"])
        #expect(ticked.map(\.item) == Self.asked.map(\.item))
        #expect(ticked.map(\.isCompleted) == [true, false, true])
    }

    @Test("refuses an item that it does not have, and names those that it has")
    func stranger() {
        #expect { try TransitionsApproveCommand.ticked(Self.asked, ["looked at", "card writen"]) } throws: {
            let said = "\($0)"
            return said.contains("'card writen'") && said.contains("'card written'")
        }
        #expect(throws: ClientError.self) { try TransitionsApproveCommand.ticked([], ["anything"]) }
    }
}
