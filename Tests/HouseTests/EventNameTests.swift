import Foundation
import Testing

@Suite("Every activity that a room records is an event that webhooks know")
struct EventNameTests {
    private static let sources = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Sources")
    private static let rooms = ["Artifacts", "Tracking", "Registry", "Serving", "Monitoring", "Governance", "Webhooks"]

    private static func texts() throws -> [(file: String, text: String)] {
        try rooms.flatMap { room in
            let folder = sources.appending(path: room)
            let files = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)?.allObjects ?? []
            return try files.compactMap { $0 as? URL }.filter { $0.pathExtension == "swift" }.map { file in
                (file.lastPathComponent, try String(contentsOf: file, encoding: .utf8))
            }
        }
    }

    @Test("by its name")
    func names() throws {
        let texts = try Self.texts()
        let events = try #require(texts.first { $0.file == "WebhookEvent.swift" }).text
        let list = try #require(events.range(of: "ownNames: Set<String> = ["))
        let known = Set(events[list.upperBound...].matches(of: /"([a-z_]+\.[a-z_]+)"/).map { String($0.1) })
        #expect(known.contains("model_version.created"))
        var recorded: Set<String> = []
        for (file, text) in texts where file != "WebhookEvent.swift" {
            for match in text.matches(of: /(?:record|activity|NewActivity)\([^"()]*"([a-z_]+\.[a-z_]+)"/) {
                #expect(known.contains(String(match.1)), "\(file)")
                recorded.insert(String(match.1))
            }
        }
        #expect(recorded.isSuperset(of: ["run.finished", "model_version.alias_set", "reference.captured"]))
    }
}
