import Kernel
import TestSupport
import Testing
import Tracking

@Suite("Removing for good leaves issues")
struct PurgeIssueTests {
    @Test(
        "of a run that is gone without it, and none of an experiment that is gone",
        arguments: DatabaseBackend.allCases
    )
    func issues(backend: DatabaseBackend) async throws {
        try await withRegistry(backend) { world in
            let tracking = world.tracking
            let doomed = try await tracking.createExperiment(named: "doomed", tags: [], by: world.actor)
            let (gone, kept) = (try await world.makeRun(), try await world.makeRun())
            func issue(_ experiment: ExperimentID, _ run: RunID?) async throws -> String {
                var new = NewIssue(experimentID: experiment, name: "n", description: "d")
                new.sourceRunID = run
                return try await tracking.createIssue(new, by: world.actor).id
            }
            let ofGone = try await issue(gone.experimentID, gone.id)
            let ofKept = try await issue(kept.experimentID, kept.id)
            let ofDoomed = try await issue(doomed, kept.id)
            try await tracking.deleteRun(gone.id, by: world.actor)
            try await tracking.deleteExperiment(doomed, by: world.actor)
            #expect(try await world.purge().gone == ["run \(gone.id)", "experiment \(doomed)"])
            #expect(try await tracking.issue(ofGone).sourceRunID == nil)
            #expect(try await tracking.issue(ofKept).sourceRunID == kept.id)
            #expect(await refusal { _ = try await tracking.issue(ofDoomed) }.hasPrefix("RESOURCE_DOES_NOT_EXIST"))
        }
    }
}
