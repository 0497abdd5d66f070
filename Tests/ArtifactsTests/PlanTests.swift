import Database
import TestSupport
import Testing

@testable import Artifacts

@Suite("On SQLite, by an index and not by reading the table, is found")
struct PlanTests {
    @Test("how many uploads in parts go on")
    func openUploads() async throws {
        try await withTestDatabase(.sqlite, migrations: ArtifactSchema.migrations) { database in
            let plan = try await database.read { connection in
                try connection.query("EXPLAIN QUERY PLAN " + MultipartUploadStore.openCount, [.integer(0)]) {
                    try $0.text(3)
                }
            }
            #expect(plan.count == 1 && plan[0].contains("artifact_uploads_open (expires_at>?)"), "\(plan)")
        }
    }
}
