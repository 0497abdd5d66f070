import Kernel
import Testing

@testable import Martlet

@Suite("A transition request")
struct TransitionRequestTests {
    @Test("has the members of the server's document")
    func members() throws {
        let text = """
            {"id": "a1", "model_name": "iris", "version": "3", "from_stage": "None", "stage": "Production",
             "archive_existing_versions": true, "state": "approved", "requested_by": "ada", "requested_at": 5,
             "decided_by": "bob", "decided_at": 7, "checklist": [{"item": "tests", "completed": true}, {"item": "card"}],
             "comments": [{"author": "ada", "at": 5, "text": "better"}]}
            """
        let request = TransitionRequest(try JSON.parse(Array(text.utf8)))
        #expect(
            [request.id, request.modelName, request.version, request.fromStage, request.stage, request.state]
                == ["a1", "iris", "3", "None", "Production", "approved"]
        )
        #expect(request.archivesExisting)
        #expect((request.requestedBy, request.decidedBy) == ("ada", "bob"))
        #expect((request.requestedAt?.milliseconds, request.decidedAt?.milliseconds) == (5, 7))
        #expect(request.checklist.map(\.item) == ["tests", "card"])
        #expect(request.checklist.map(\.isCompleted) == [true, false])
        #expect(request.comments.map(\.author) == ["ada"])
        #expect(request.comments.map(\.words) == ["better"])
    }

    @Test("is empty where the document says nothing")
    func empty() {
        let request = TransitionRequest(["state": "pending"])
        #expect(request.decidedBy.isEmpty && request.decidedAt == nil)
        #expect(request.checklist.isEmpty && request.comments.isEmpty && !request.archivesExisting)
    }
}
