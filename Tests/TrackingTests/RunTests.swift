import Kernel
import Ledger
import TestSupport
import Testing
import Tracking

@Suite("A run")
struct RunTests {
    @Test("begins RUNNING, with a name as tag and attribute", arguments: DatabaseBackend.allCases)
    func created(backend: DatabaseBackend) async throws {
        try await withTracking(backend) { fixture in
            let experiment = try await fixture.experiment()
            let new = NewRun(
                experimentID: experiment,
                name: "mine",
                userID: "ada",
                startedAt: Timestamp(milliseconds: 9),
                tags: [Tag(key: "b", value: "1"), Tag(key: "a", value: "0"), Tag(key: "b", value: "2")]
            )
            let made = try await fixture.tracking.createRun(new, by: Actor(name: "ada"))
            let run = made.run
            #expect(run.name == "mine" && run.status == .running && run.userID == "ada" && run.isActive)
            #expect(run.startedAt.milliseconds == 9 && run.endedAt == nil)
            #expect(run.artifactURI == "mlflow-artifacts:/1/\(run.id)/artifacts")
            let tags = [
                Tag(key: "a", value: "0"), Tag(key: "b", value: "2"), Tag(key: "mlflow.runName", value: "mine"),
            ]
            #expect(made.tags == tags)
            #expect(try await fixture.tracking.runDetails(run.id).tags == tags)
            #expect(try await fixture.actions().last == "run.created")
        }
    }

    @Test("takes its name from the argument, else the tag, else makes one up")
    func names() async throws {
        try await withTracking(.sqlite) { fixture in
            let id = try await fixture.experiment()
            func name(_ name: String?, _ tag: String?) async throws -> String {
                let tags = tag.map { [Tag(key: "mlflow.runName", value: $0)] } ?? []
                let new = NewRun(experimentID: id, name: name, tags: tags)
                let details = try await fixture.tracking.createRun(new, by: .local)
                #expect(details.tags == [Tag(key: "mlflow.runName", value: details.run.name)])
                return details.run.name
            }
            #expect(try await name("a", nil) == "a")
            #expect(try await name(nil, "b") == "b")
            #expect(try await name("c", "c") == "c")
            #expect(try await name("", "d") == "d")
            for made in [try await name(nil, nil), try await name("", ""), try await name(nil, "")] {
                #expect(made.wholeMatch(of: /[a-z]+-[a-z]+-[0-9]{1,3}/) != nil, "\(made)")
                #expect(made.count <= 20)
            }
            await expectRefusal(
                .invalidParameterValue,
                "Both 'run_name' argument and 'mlflow.runName' tag are specified"
            ) {
                try await name("a", "b")
            }
        }
    }

    @Test("and its tag mlflow.runName are renamed together, from either side", arguments: DatabaseBackend.allCases)
    func renamed(backend: DatabaseBackend) async throws {
        try await withTracking(backend) { fixture in
            let id = try await fixture.run("old")
            func expectName(_ name: String) async throws {
                let details = try await fixture.tracking.runDetails(id)
                #expect(details.run.name == name)
                #expect(details.tags == [Tag(key: "mlflow.runName", value: name)])
            }
            _ = try await fixture.tracking.updateRun(id, RunChange(name: "by update"), by: .local)
            try await expectName("by update")
            _ = try await fixture.tracking.updateRun(id, RunChange(name: ""), by: .local)
            try await expectName("by update")
            try await fixture.tracking.setTag(Tag(key: "mlflow.runName", value: "by tag"), on: id)
            try await expectName("by tag")
            try await fixture.tracking.setTag(Tag(key: "mlflow.runName", value: ""), on: id)
            try await expectName("by tag")
            let tags = ["x", "by batch"].map { Tag(key: "mlflow.runName", value: $0) }
            try await fixture.tracking.log(RunBatch(tags: tags), to: id)
            try await expectName("by batch")
        }
    }

    @Test("is updated in what is given and nothing else", arguments: DatabaseBackend.allCases)
    func updated(backend: DatabaseBackend) async throws {
        try await withTracking(backend) { fixture in
            let id = try await fixture.run()
            let end = Timestamp(milliseconds: 99)
            let ended = try await fixture.tracking.updateRun(id, RunChange(status: .finished, endedAt: end), by: .local)
            #expect(ended.status == .finished && ended.endedAt == end && ended.name == "r")
            let unchanged = try await fixture.tracking.updateRun(id, RunChange(), by: .local)
            #expect(unchanged.status == .finished && unchanged.endedAt == end)
            #expect(try await fixture.actions().suffix(2) == ["run.finished", "run.updated"])
        }
    }

    @Test("deleted and restored twice is so once", arguments: DatabaseBackend.allCases)
    func deletedTwice(backend: DatabaseBackend) async throws {
        try await withTracking(backend) { fixture in
            let id = try await fixture.run()
            for _ in 0..<2 { try await fixture.tracking.deleteRun(id, by: .local) }
            #expect(try await !fixture.tracking.run(id).isActive)
            for _ in 0..<2 { try await fixture.tracking.restoreRun(id, by: .local) }
            #expect(try await fixture.tracking.run(id).isActive)
            #expect(try await fixture.actions().suffix(3) == ["run.created", "run.deleted", "run.restored"])
        }
    }

    @Test("that is deleted refuses every write and keeps what it has", arguments: DatabaseBackend.allCases)
    func deletedRefuses(backend: DatabaseBackend) async throws {
        try await withTracking(backend) { fixture in
            let id = try await fixture.run()
            let tracking = fixture.tracking
            try await tracking.setTag(Tag(key: "t", value: "v"), on: id)
            try await tracking.deleteRun(id, by: .local)
            let writes: [@Sendable () async throws -> Void] = [
                { _ = try await tracking.updateRun(id, RunChange(status: .failed), by: .local) },
                { try await tracking.log(Metric.sample("m", 1), to: id) },
                { try await tracking.log(Param(key: "p", value: "1"), to: id) },
                { try await tracking.log(RunBatch(), to: id) },
                { try await tracking.log(RunBatch(metrics: [.sample("m", 1)]), to: id) },
                { try await tracking.setTag(Tag(key: "t", value: "w"), on: id) },
                { try await tracking.deleteTag("t", on: id) },
                { try await tracking.logInputs(datasets: [], models: [LoggedModelID("m-1")], to: id) },
                { try await tracking.logOutputs([ModelOutput(modelID: LoggedModelID("m-1"), step: 0)], to: id) },
            ]
            for write in writes {
                await expectRefusal(
                    .invalidParameterValue,
                    "The run \(id) must be in the 'active' state. Current state is deleted."
                ) { try await write() }
            }
            let details = try await tracking.runDetails(id)
            #expect(details.run.status == .running && details.metrics.isEmpty && details.params.isEmpty)
            #expect(details.tags.contains(Tag(key: "t", value: "v")))
            #expect(details.modelInputs.isEmpty && details.modelOutputs.isEmpty)
        }
    }

    @Test("that nobody made is not found", arguments: ["", "nope", "'; DROP TABLE runs; --", "%"])
    func missing(text: String) async throws {
        try await withTracking(.sqlite) { fixture in
            _ = try await fixture.run()
            let id = RunID(text)
            let tracking = fixture.tracking
            let message = "Run with id=\(text) not found"
            await expectRefusal(.resourceDoesNotExist, message) { try await tracking.run(id) }
            await expectRefusal(.resourceDoesNotExist, message) { try await tracking.runDetails(id) }
            await expectRefusal(.resourceDoesNotExist, message) { try await tracking.deleteRun(id, by: .local) }
            await expectRefusal(.resourceDoesNotExist, message) {
                try await tracking.log(Metric.sample("m", 1), to: id)
            }
            #expect(try await tracking.metricHistory(id, key: "m", limit: 10, page: nil).items.isEmpty)
        }
    }

    @Test("loses a tag once", arguments: DatabaseBackend.allCases)
    func deleteTag(backend: DatabaseBackend) async throws {
        try await withTracking(backend) { fixture in
            let id = try await fixture.run(tags: [Tag(key: "a/b c", value: "x")])
            try await fixture.tracking.deleteTag("a/b c", on: id)
            await expectRefusal(.resourceDoesNotExist, "No tag with name: a/b c in run with id \(id)") {
                try await fixture.tracking.deleteTag("a/b c", on: id)
            }
        }
    }

    @Test("counts the active runs nested in it, up to a limit", arguments: DatabaseBackend.allCases)
    func nestedCounts(backend: DatabaseBackend) async throws {
        try await withTracking(backend) { fixture in
            let experiment = try await fixture.experiment()
            let parent = try await fixture.run("parent", in: experiment)
            func child(_ name: String, of parent: RunID, in home: ExperimentID? = nil) async throws -> RunID {
                let tags = [Tag(key: "mlflow.parentRunId", value: parent.text)]
                return try await fixture.run(name, in: home, tags: tags)
            }
            let first = try await child("first", of: parent, in: experiment)
            _ = try await child("second", of: parent, in: experiment)
            _ = try await child("elsewhere", of: parent)
            let gone = try await child("gone", of: parent, in: experiment)
            _ = try await child("grandchild", of: first, in: experiment)
            try await fixture.tracking.deleteRun(gone, by: .local)
            let asked = [parent, first, gone, parent, RunID("nobody's")]
            let counts = try await fixture.tracking.nestedRunCounts(of: asked, limit: 10)
            #expect(counts == [parent: 2, first: 1, gone: 0])
            let few = try await fixture.tracking.nestedRunCounts(of: [parent], limit: 1)
            #expect(few == [parent: 1])
            let none = try await fixture.tracking.nestedRunCounts(of: [], limit: 2)
            #expect(none.isEmpty)
        }
    }
}
