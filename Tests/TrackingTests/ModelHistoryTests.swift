import Kernel
import TestSupport
import Testing
import Tracking

@Suite("A model that an old client logs")
struct ModelHistoryTests {
    @Test("joins the list in its run's tag, without what it was configured with", arguments: DatabaseBackend.allCases)
    func modelHistory(backend: DatabaseBackend) async throws {
        try await withTracking(backend) { fixture in
            let tracking = fixture.tracking
            let run = try await fixture.run()
            for path in ["one", "two"] {
                let model: JSON = [
                    "artifact_path": .string(path), "run_id": "r", "utc_time_created": "t", "signature": "long",
                    "flavors": ["sklearn": ["config": ["secret": 1], "version": "1"]],
                ]
                try await tracking.logModel(model.text, to: run)
            }
            let tags = try await tracking.runDetails(run).tags
            let list = try #require(tags.first { $0.key == "mlflow.log-model.history" })
            let entries = try #require(try JSON.parse(list.value.utf8).arrayValue)
            #expect(entries.map { $0.objectValue?["artifact_path"] } == ["one", "two"])
            #expect(entries.first?.objectValue?["flavors"] == ["sklearn": ["version": "1"]])
            #expect(entries.first?.objectValue?["signature"] == nil)
            await expectRefusal(.invalidParameterValue, "Malformed model info.") {
                try await tracking.logModel("{", to: run)
            }
            await expectRefusal(.invalidParameterValue, "Model json is missing mandatory fields: {'flavors', 'run_id'}")
            {
                try await tracking.logModel(#"{"artifact_path": "", "utc_time_created": ""}"#, to: run)
            }
            let huge: JSON = [
                "artifact_path": .string(String(repeating: "x", count: 9000)), "run_id": "", "utc_time_created": "",
                "flavors": [:],
            ]
            await expectRefusal(.invalidParameterValue, "'mlflow.log-model.history' exceeds the maximum length") {
                try await tracking.logModel(huge.text, to: run)
            }
        }
    }
}
