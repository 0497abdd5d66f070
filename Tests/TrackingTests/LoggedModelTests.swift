import Kernel
import Ledger
import TestSupport
import Testing
import Tracking

@Suite("A logged model")
struct LoggedModelTests {
    @Test("is pending when it is created, then ready, and remembers its run", arguments: DatabaseBackend.allCases)
    func life(backend: DatabaseBackend) async throws {
        try await withTracking(backend) { fixture in
            let tracking = fixture.tracking
            let experiment = try await fixture.experiment()
            let run = try await fixture.run(in: experiment)
            let new = NewLoggedModel(
                experimentID: experiment,
                name: "tree",
                modelType: "sklearn",
                sourceRunID: run,
                params: [Param(key: "b", value: "2"), Param(key: "a", value: "1")],
                tags: [Tag(key: "t", value: "v")]
            )
            let id = try await tracking.createLoggedModel(new).id
            #expect(id.text.wholeMatch(of: /m-[0-9a-f]{32}/) != nil)
            let model = try await tracking.loggedModel(id)
            #expect(model.name == "tree" && model.modelType == "sklearn" && model.sourceRunID == run)
            #expect(model.status == .pending && model.artifactURI == "mlflow-artifacts:/1/models/\(id)/artifacts")
            #expect(model.params == [Param(key: "a", value: "1"), Param(key: "b", value: "2")])
            fixture.clock.advance(byMilliseconds: 5)
            let ready = try await tracking.setStatus(.ready, of: id)
            #expect(
                ready.status == .ready && ready.updatedAt == fixture.clock.now() && ready.createdAt < ready.updatedAt
            )
            fixture.clock.advance(byMilliseconds: 5)
            let tagged = try await tracking.setLoggedModelTags(
                id,
                [Tag(key: "t", value: "w"), Tag(key: "s", value: "")]
            )
            #expect(tagged.tags == [Tag(key: "s", value: ""), Tag(key: "t", value: "w")])
            #expect(tagged.updatedAt == ready.updatedAt)
            try await tracking.addLoggedModelParams(id, [Param(key: "c", value: "3")])
            #expect(try await tracking.loggedModel(id).params.map(\.key) == ["a", "b", "c"])
        }
    }

    @Test("that is deleted is gone", arguments: DatabaseBackend.allCases)
    func deleted(backend: DatabaseBackend) async throws {
        try await withTracking(backend) { fixture in
            let tracking = fixture.tracking
            let experiment = try await fixture.experiment()
            let id = try await model("m", in: experiment, tracking).id
            try await tracking.deleteLoggedModel(id)
            let message = "Logged model with ID '\(id)' not found."
            await expectRefusal(.resourceDoesNotExist, message) { try await tracking.loggedModel(id) }
            await expectRefusal(.resourceDoesNotExist, message) { try await tracking.deleteLoggedModel(id) }
            await expectRefusal(.resourceDoesNotExist, message) { try await tracking.setStatus(.ready, of: id) }
            await expectRefusal(.resourceDoesNotExist, message) { try await tracking.setLoggedModelTags(id, []) }
            #expect(
                try await tracking.searchLoggedModels(in: [experiment], filter: nil, limit: 9, page: nil).items.isEmpty
            )
        }
    }

    @Test("loses a tag once", arguments: DatabaseBackend.allCases)
    func deleteTag(backend: DatabaseBackend) async throws {
        try await withTracking(backend) { fixture in
            let id = try await model("m", in: try await fixture.experiment(), fixture.tracking).id
            _ = try await fixture.tracking.setLoggedModelTags(id, [Tag(key: "k", value: "v")])
            try await fixture.tracking.deleteLoggedModelTag("k", of: id)
            await expectRefusal(.resourceDoesNotExist, "No tag with key 'k' found for model with ID '\(id)'.") {
                try await fixture.tracking.deleteLoggedModelTag("k", of: id)
            }
        }
    }

    @Test("has a name without path characters, made up when none is given", arguments: ["/", ":", ".", "%", "\"", "'"])
    func names(character: String) async throws {
        try await withTracking(.sqlite) { fixture in
            let experiment = try await fixture.experiment()
            await expectRefusal(
                .invalidParameterValue,
                "Invalid model name ('a\(character)b') provided. Model name must be"
            ) {
                try await model("a\(character)b", in: experiment, fixture.tracking)
            }
            for name in [nil, ""] as [String?] {
                let made = try await model(name, in: experiment, fixture.tracking).name
                #expect(made.wholeMatch(of: /[a-z]+-[a-z]+-[0-9]{1,3}/) != nil, "\(made)")
            }
        }
    }

    @Test("needs an active experiment", arguments: DatabaseBackend.allCases)
    func experiment(backend: DatabaseBackend) async throws {
        try await withTracking(backend) { fixture in
            await expectRefusal(.resourceDoesNotExist, "No Experiment with id=9 exists") {
                try await model("m", in: ExperimentID(number: 9), fixture.tracking)
            }
            let id = try await fixture.experiment()
            try await fixture.tracking.deleteExperiment(id, by: .local)
            await expectRefusal(.invalidParameterValue, "The experiment 1 must be in the 'active' state") {
                try await model("m", in: id, fixture.tracking)
            }
        }
    }

    @Test("is found by what it is, newest first, in pages", arguments: DatabaseBackend.allCases)
    func search(backend: DatabaseBackend) async throws {
        try await withTracking(backend) { fixture in
            let tracking = fixture.tracking
            let experiment = try await fixture.experiment()
            for name in ["one", "two", "three"] {
                fixture.clock.advance(byMilliseconds: 1)
                let id = try await model(name, in: experiment, tracking).id
                _ = try await tracking.setLoggedModelTags(id, [Tag(key: "n", value: name)])
                if name == "two" { _ = try await tracking.setStatus(.ready, of: id) }
            }
            for (filter, names) in [
                ("", ["three", "two", "one"]), ("name = 'two'", ["two"]), ("name LIKE 't%'", ["three", "two"]),
                ("status = 'READY'", ["two"]), ("tags.n != 'two'", ["three", "one"]), ("params.p = 'one'", ["one"]),
                ("creation_timestamp > 1767225600001", ["three", "two"]), ("name = ''' OR 1=1'", []),
            ] {
                let found = try? await tracking.searchLoggedModels(
                    in: [experiment],
                    filter: filter,
                    limit: 9,
                    page: nil
                )
                #expect((found?.items.map(\.name) ?? []) == names, "\(filter)")
            }
            let first = try await tracking.searchLoggedModels(in: [experiment], filter: nil, limit: 2, page: nil)
            #expect(first.items.map(\.name) == ["three", "two"])
            let second = try await tracking.searchLoggedModels(
                in: [experiment],
                filter: nil,
                limit: 2,
                page: first.next
            )
            #expect(second.items.map(\.name) == ["one"] && second.next == nil)
            #expect(try await tracking.searchLoggedModels(in: [], filter: nil, limit: 2, page: nil).items.isEmpty)
        }
    }

    @Test("is found and ordered by its latest metrics, on a dataset or on any", arguments: DatabaseBackend.allCases)
    func metrics(backend: DatabaseBackend) async throws {
        try await withTracking(backend) { fixture in
            let tracking = fixture.tracking
            let experiment = try await fixture.experiment()
            let run = try await fixture.run(in: experiment)
            for (name, points) in [
                ("falling", [(0.9, 1, "train"), (0.1, 2, "train")]), ("rising", [(0.2, 1, "train"), (0.8, 2, "test")]),
                ("broken", [(.nan, 1, "test")]), ("unmeasured", []),
            ] as [(String, [(Double, Int64, String)])] {
                fixture.clock.advance(byMilliseconds: 1)
                let id = try await model(name, in: experiment, tracking).id
                for (value, time, dataset) in points {
                    let metric = Metric(
                        key: "f1",
                        value: value,
                        timestamp: Timestamp(milliseconds: time),
                        step: 0,
                        modelID: id,
                        datasetName: dataset,
                        datasetDigest: "d"
                    )
                    try await tracking.log(metric, to: run)
                }
            }
            func names(_ filter: String?, _ datasets: [MeasuredDataset] = [], _ orders: [LoggedModelOrder] = [])
                async throws -> [String]
            {
                try await tracking.searchLoggedModels(
                    in: [experiment],
                    filter: filter,
                    on: datasets,
                    orderedBy: orders,
                    limit: 9,
                    page: nil
                ).items.map(\.name)
            }
            let train = MeasuredDataset(name: "train", digest: "d")
            #expect(try await names("metrics.f1 > 0.5") == ["rising"])
            #expect(try await names("metrics.f1 < 0.5", [train]) == ["rising", "falling"])
            #expect(try await names("metrics.f1 != 0.1") == ["broken", "rising"])
            #expect(try await names(nil, [train]) == ["rising", "falling"])
            #expect(try await names(nil, [MeasuredDataset(name: "test", digest: nil)]) == ["broken", "rising"])
            #expect(try await names(nil, [MeasuredDataset(name: "test", digest: "x")]) == [])
            let byF1 = LoggedModelOrder(field: "metrics.f1", isAscending: false, dataset: nil)
            #expect(try await names(nil, [], [byF1]) == ["rising", "falling", "unmeasured", "broken"])
            let onTrain = LoggedModelOrder(field: "metrics.f1", isAscending: true, dataset: train)
            #expect(try await names(nil, [], [onTrain]) == ["falling", "rising", "unmeasured", "broken"])
            let byName = LoggedModelOrder(field: "name", isAscending: true, dataset: nil)
            #expect(try await names(nil, [], [byName]) == ["broken", "falling", "rising", "unmeasured"])
            let byParam = LoggedModelOrder(field: "params.p", isAscending: true, dataset: nil)
            await expectRefusal(.invalidParameterValue, "Invalid order by field name: params.p.") {
                try await names(nil, [], [byParam])
            }
        }
    }

    private func model(_ name: String?, in experiment: ExperimentID, _ tracking: TrackingService) async throws
        -> LoggedModel
    {
        try await tracking.createLoggedModel(
            NewLoggedModel(
                experimentID: experiment,
                name: name,
                modelType: "",
                sourceRunID: nil,
                params: [Param(key: "p", value: name ?? "")],
                tags: []
            )
        )
    }
}
