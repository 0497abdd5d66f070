import Kernel
import Ledger
import TestSupport
import Testing
import Tracking

@Suite("An experiment")
struct ExperimentTests {
    @Test("is numbered from 1 and keeps what it was created with", arguments: DatabaseBackend.allCases)
    func created(backend: DatabaseBackend) async throws {
        try await withTracking(backend) { fixture in
            let tags = [Tag(key: "b", value: "2"), Tag(key: "a", value: "")]
            let id = try await fixture.experiment("first", tags: tags)
            #expect(id.description == "1")
            #expect(try await fixture.experiment("second").description == "2")
            let experiment = try await fixture.tracking.experiment(id)
            #expect(experiment.name == "first" && experiment.isActive)
            #expect(experiment.artifactLocation == "mlflow-artifacts:/1")
            #expect(experiment.createdAt == fixture.clock.now() && experiment.updatedAt == fixture.clock.now())
            #expect(experiment.tags == [tags[1], tags[0]])
            #expect(try await fixture.tracking.experiment(named: "first").id == id)
            #expect(try await fixture.actions() == ["experiment.created", "experiment.created"])
        }
    }

    @Test("called Default has number 0 and is made once", arguments: DatabaseBackend.allCases)
    func standard(backend: DatabaseBackend) async throws {
        try await withTracking(backend) { fixture in
            try await fixture.tracking.createDefaultExperiment()
            fixture.clock.advance(byMilliseconds: 10)
            try await fixture.tracking.createDefaultExperiment()
            let experiment = try await fixture.tracking.experiment(named: "Default")
            #expect(experiment.id.number == 0)
            #expect(experiment.artifactLocation == "mlflow-artifacts:/0")
            #expect(experiment.createdAt < fixture.clock.now())
        }
    }

    @Test("name is taken by an active and by a deleted one", arguments: DatabaseBackend.allCases)
    func duplicate(backend: DatabaseBackend) async throws {
        try await withTracking(backend) { fixture in
            let id = try await fixture.experiment("taken")
            for _ in 0..<2 {
                await expectRefusal(.resourceAlreadyExists, "Experiment(name=taken) already exists.") {
                    try await fixture.experiment("taken")
                }
                if try await fixture.tracking.experiment(id).isActive {
                    try await fixture.tracking.deleteExperiment(id, by: .local)
                }
            }
            // The number that the refused ones had is not lost.
            #expect(try await fixture.experiment("free").number == id.number + 1)
        }
    }

    @Test("is made once when many ask for it at once", arguments: DatabaseBackend.allCases)
    func race(backend: DatabaseBackend) async throws {
        try await withTracking(backend) { fixture in
            let made = try await withThrowingTaskGroup(of: Bool.self) { group in
                for _ in 0..<12 {
                    group.addTask {
                        do {
                            _ = try await fixture.experiment("wanted")
                            return true
                        } catch let error as MartletError where error.code == .resourceAlreadyExists {
                            return false
                        }
                    }
                }
                return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(made == 1)
        }
    }

    @Test(
        "name must not be blank or longer than 500 characters",
        arguments: ["", "  \t", String(repeating: "n", count: 501)]
    )
    func badName(name: String) async throws {
        try await withTracking(.sqlite) { fixture in
            let message = name.count > 500 ? "'name' exceeds the maximum length of 500" : "Invalid experiment name: '"
            await expectRefusal(.invalidParameterValue, message) { try await fixture.experiment(name) }
            let id = try await fixture.experiment(String(repeating: "\u{E9}", count: 500))
            await expectRefusal(.invalidParameterValue, message) {
                try await fixture.tracking.renameExperiment(id, to: name, by: .local)
            }
        }
    }

    @Test("may keep its artifacts elsewhere, but not where nothing can be")
    func location() async throws {
        try await withTracking(.sqlite) { fixture in
            let tracking = fixture.tracking
            let id = try await tracking.createExperiment(named: "a", at: "s3://bucket/path/", by: .local)
            #expect(try await tracking.experiment(id).artifactLocation == "s3://bucket/path")
            let query = try await tracking.createExperiment(named: "q", at: "dbfs://h/path?driver=x", by: .local)
            let run = try await tracking.createRun(NewRun(experimentID: query), by: .local).run
            #expect(run.artifactURI == "dbfs://h/path/\(run.id)/artifacts?driver=x")
            let bad = ["runs:/abc/model", "s3://b/../etc", "file:///a?b", "file:///a#b", "a?b", "s3://b/c?x=../y"]
            for location in bad {
                await expectRefusal(.invalidParameterValue, "Invalid artifact location") {
                    try await tracking.createExperiment(named: "b", at: location, by: .local)
                }
            }
        }
    }

    @Test("that nobody made is not found", arguments: DatabaseBackend.allCases)
    func missing(backend: DatabaseBackend) async throws {
        try await withTracking(backend) { fixture in
            let id = ExperimentID(number: 77)
            let tracking = fixture.tracking
            await expectRefusal(.resourceDoesNotExist, "No Experiment with id=77 exists") {
                try await tracking.experiment(id)
            }
            await expectRefusal(.resourceDoesNotExist, "Could not find experiment with name 'no'") {
                try await tracking.experiment(named: "no")
            }
            await expectRefusal(.resourceDoesNotExist, "No Experiment with id=77") {
                try await tracking.renameExperiment(id, to: "x", by: .local)
            }
            await expectRefusal(.resourceDoesNotExist, "No Experiment with id=77") {
                try await tracking.createRun(NewRun(experimentID: id), by: .local)
            }
        }
    }

    @Test("takes another name, unless it is taken or the experiment deleted", arguments: DatabaseBackend.allCases)
    func rename(backend: DatabaseBackend) async throws {
        try await withTracking(backend) { fixture in
            let tracking = fixture.tracking
            let id = try await fixture.experiment("old")
            _ = try await fixture.experiment("taken")
            fixture.clock.advance(byMilliseconds: 5)
            try await tracking.renameExperiment(id, to: "new", by: .local)
            let renamed = try await tracking.experiment(id)
            #expect(renamed.name == "new" && renamed.updatedAt == fixture.clock.now())
            #expect(renamed.createdAt < renamed.updatedAt)
            await expectRefusal(.resourceAlreadyExists, "Experiment(name=taken) already exists.") {
                try await tracking.renameExperiment(id, to: "taken", by: .local)
            }
            #expect(try await tracking.experiment(id).name == "new")
            try await tracking.deleteExperiment(id, by: .local)
            await expectRefusal(.invalidParameterValue, "Cannot rename a non-active experiment.") {
                try await tracking.renameExperiment(id, to: "newer", by: .local)
            }
        }
    }

    @Test("takes its runs along when it is deleted and restored", arguments: DatabaseBackend.allCases)
    func deleted(backend: DatabaseBackend) async throws {
        try await withTracking(backend) { fixture in
            let tracking = fixture.tracking
            let id = try await fixture.experiment()
            let run = try await fixture.run(in: id)
            let other = try await fixture.run("other")
            fixture.clock.advance(byMilliseconds: 5)
            try await tracking.deleteExperiment(id, by: .local)
            let experiment = try await tracking.experiment(id)
            #expect(!experiment.isActive && experiment.updatedAt == fixture.clock.now())
            #expect(try await !tracking.run(run).isActive)
            #expect(try await tracking.run(other).isActive)
            await expectRefusal(
                .invalidParameterValue,
                "The experiment 1 must be in the 'active' state. Current state is deleted."
            ) {
                try await tracking.createRun(NewRun(experimentID: id), by: .local)
            }
            await expectRefusal(.resourceDoesNotExist, "No Experiment with id=1 exists") {
                try await tracking.deleteExperiment(id, by: .local)
            }
            try await tracking.restoreExperiment(id, by: .local)
            #expect(try await tracking.run(run).isActive)
            await expectRefusal(.resourceDoesNotExist, "No Experiment with id=1 exists") {
                try await tracking.restoreExperiment(id, by: .local)
            }
            let actions = try await fixture.actions()
            #expect(
                actions.filter { $0.hasPrefix("experiment.") }.suffix(2) == [
                    "experiment.deleted", "experiment.restored",
                ]
            )
        }
    }

    @Test("takes tags while it is active, and they do not touch its time", arguments: DatabaseBackend.allCases)
    func tags(backend: DatabaseBackend) async throws {
        try await withTracking(backend) { fixture in
            let tracking = fixture.tracking
            let id = try await fixture.experiment()
            fixture.clock.advance(byMilliseconds: 5)
            for value in ["one", "two"] { try await tracking.setExperimentTag(Tag(key: "k", value: value), on: id) }
            var experiment = try await tracking.experiment(id)
            #expect(experiment.tags == [Tag(key: "k", value: "two")])
            #expect(experiment.updatedAt == experiment.createdAt)
            try await tracking.deleteExperimentTag("k", on: id)
            experiment = try await tracking.experiment(id)
            #expect(experiment.tags.isEmpty)
            await expectRefusal(.resourceDoesNotExist, "No tag with name: k in experiment with id 1") {
                try await tracking.deleteExperimentTag("k", on: id)
            }
            let long = String(repeating: "v", count: 20_000)
            try await tracking.setExperimentTag(Tag(key: "long", value: long), on: id)
            await expectRefusal(.invalidParameterValue, "'value' exceeds the maximum length of 20000") {
                try await tracking.setExperimentTag(Tag(key: "long", value: long + "v"), on: id)
            }
            try await tracking.deleteExperiment(id, by: .local)
            await expectRefusal(.invalidParameterValue, "The experiment 1 must be in the 'active' state") {
                try await tracking.setExperimentTag(Tag(key: "k", value: "v"), on: id)
            }
        }
    }
}
