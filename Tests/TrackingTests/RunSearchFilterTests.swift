import Kernel
import Ledger
import TestSupport
import Testing
import Tracking

@Suite("A filter over runs")
struct RunSearchFilterTests {
    private static let found: [(filter: String, names: [String])] = [
        ("", ["d", "c", "b", "a"]),
        // Metrics by their latest value; NaN meets only !=, a missing one nothing.
        ("metrics.rmse < 1", ["a"]),
        ("metric.rmse <= 1.0", ["b", "a"]),
        ("metrics.rmse = 0.5", ["a"]),
        ("metrics.rmse = 5e-1", ["a"]),
        ("metrics.rmse>-.5", ["b", "a"]),
        ("metrics.rmse > 0. AND", ["b", "a"]),
        ("metrics.rmse <= 1 metrics.rmse < 1", ["a"]),
        ("metrics.big < 1e400", ["d"]), ("metrics.big = 1.7976931348623157e308", ["d"]),
        ("metrics.rmse != 0.5", ["c", "b"]),
        ("metrics.rmse > -1000000", ["b", "a"]),
        ("metrics.`val loss` >= 2", ["a"]),
        ("metrics.\"val loss\" >= 2", ["a"]),
        ("metrics.a.b = 1", ["b"]),
        ("metrics.none != 1", []),
        ("metrics.big > 1e300", ["d"]),
        // Params and tags: a missing key meets nothing but IS NULL.
        ("params.lr = '0.1'", ["a"]),
        ("param.lr != '0.1'", ["b"]),
        ("parameters.lr = \"0.1\"", ["a"]),
        ("params.lr LIKE '0.%'", ["b", "a"]),
        ("params.lr IS NULL", ["d", "c"]),
        ("params.lr is not null", ["b", "a"]),
        ("tags.team = 'Vision'", ["a"]),
        ("tag.team LIKE 'vis%'", ["b"]),
        ("tags.team ilike 'VIS%'", ["b", "a"]),
        ("tags.word ILIKE '\u{C9}T\u{C9}%'", ["c"]),
        ("tags.`mlflow.runName` = 'b'", ["b"]),
        ("tags.mlflow.runName = 'b'", ["b"]),
        ("tags.'team' = 'Vision'", ["a"]),
        ("params.in IS NULL AND params.1st IS NULL AND tags.ключ IS NULL", ["d", "c", "b", "a"]),
        ("tags.path = 'C:\\dir'", ["d"]),
        ("tags.path LIKE 'C:\\d%'", ["d"]),
        ("tags.path LIKE 'C:\\%'", ["d"]),
        ("tags.share = '50%'", ["c"]),
        ("tags.share LIKE '50_'", ["c"]),
        ("tags.share LIKE '5%'", ["d", "c"]),
        // Attributes.
        ("status = 'RUNNING'", ["d", "c", "b"]),
        ("attributes.status != 'RUNNING'", ["a"]),
        ("attribute.status LIKE 'FIN%'", ["a"]),
        ("attr.run_name = 'c'", ["c"]),
        ("run.run_name ILIKE 'C'", ["c"]),
        ("`run name` = 'c'", ["c"]),
        ("\"Run Name\" = 'c'", ["c"]),
        ("attributes.`Run name` = 'c'", ["c"]),
        ("user_id = 'bob'", ["d"]),
        ("artifact_uri LIKE 'mlflow-artifacts:/%/artifacts'", ["d", "c", "b", "a"]),
        ("start_time > 20", ["d", "c"]),
        ("attributes.start_time >= 20 and start_time < 40", ["c", "b"]),
        ("created = 10", ["a"]),
        ("Created = 10", ["a"]),
        ("end_time = 99", ["a"]),
        ("end_time != 1", ["a"]),
        ("end_time > 98.5", ["a"]),
        ("end_time > 99.5", []),
        ("run_id = 'nope'", []),
        ("run_id IN ('nope', 'no')", []),
        ("run_id NOT IN ('nope')", ["d", "c", "b", "a"]),
        // Datasets.
        ("dataset.name = 'iris'", ["a"]),
        ("datasets.digest LIKE 'd%'", ["b", "a"]),
        ("dataset.name IN ('iris', 'wine')", ["b", "a"]),
        ("dataset.context = 'train'", ["a"]),
        ("dataset.context != 'train'", ["b"]),
        ("dataset.context LIKE 't%'", ["b", "a"]),
        ("dataset.context ILIKE 'TR%'", ["a"]),
        ("dataset.context IN ('test', 'other')", ["b"]),
        ("dataset.context NOT IN ('test')", ["a"]),
        ("dataset.context ILIKE 'T%T'", ["b"]),
        ("dataset.context IN ('test', 'train')", ["b", "a"]),
        ("dataset.name IN ('ir\\x69s')", ["a"]),
        // Together.
        ("metrics.rmse <= 1 AND params.lr = '0.01'", ["b"]),
        ("params.lr = '0.1' AND params.depth = '3' AND tags.team = 'Vision'", ["a"]),
        ("params.lr = '0.1' AND params.lr = '0.01'", []),
        ("tags.share LIKE '5%'and tags.share!='50%'", ["d"]),
    ]

    @Test("finds the runs that meet it", arguments: DatabaseBackend.allCases)
    func finds(backend: DatabaseBackend) async throws {
        try await withFourRuns(backend) { fixture, experiment in
            for (filter, names) in Self.found {
                let found = try await fixture.names(filter, in: [experiment])
                #expect(found == names, "\(filter)")
            }
        }
    }

    /// Texts with which a badly made statement would do or find something else.
    private static let injections = [
        "'; DROP TABLE runs; --", "\" OR 1=1 --", "' OR '1'='1", "a' UNION SELECT * FROM runs --", "$1", "?", "%", "_",
        "\\",
        "\\'", "%%' ESCAPE '", "\u{1F600}", "a`b", "{clustered}",
    ]

    @Test("takes every text for a text and nothing more", arguments: DatabaseBackend.allCases)
    func injections(backend: DatabaseBackend) async throws {
        try await withFourRuns(backend) { fixture, experiment in
            for text in Self.injections {
                for quote in ["'", "\""] where !text.contains(quote) {
                    for condition in [
                        "params.lr = ", "tags.team LIKE ", "tags.team ILIKE ", "run_name = ", "dataset.context = ",
                    ] {
                        // `%` alone is every text: what counts is that no other is.
                        guard text != "%" || !condition.contains("LIKE") else { continue }
                        let found = await Self.namesOrRefusal(condition + quote + text + quote, fixture, experiment)
                        #expect(found == [] || found == ["refused"], "\(condition)\(text)")
                    }
                }
                guard !text.contains("`") else { continue }
                for entity in ["metrics", "params", "tags"] {
                    let value = entity == "metrics" ? "0" : "'x'"
                    let found = await Self.namesOrRefusal("\(entity).`\(text)` != \(value)", fixture, experiment)
                    #expect(found == [] || found == ["refused"], "\(entity) \(text)")
                    let ordered = try? await fixture.names(orderBy: ["\(entity).`\(text)` DESC"], in: [experiment])
                    #expect(ordered == nil || ordered == ["d", "c", "b", "a"], "\(entity) \(text)")
                }
            }
            let all = try await fixture.names(in: [experiment])
            #expect(all.count == 4)
        }
    }

    private static func namesOrRefusal(_ filter: String, _ fixture: TrackingFixture, _ experiment: ExperimentID) async
        -> [String]
    {
        do {
            return try await fixture.names(filter, in: [experiment])
        } catch is MartletError {
            return ["refused"]
        } catch {
            return ["\(error)"]
        }
    }

    /// The words are those of MLflow 3.17.2, but for what it names in no certain order.
    private static let refused: [(filter: String, message: String)] = [
        (
            "foo.bar = 1",
            "Invalid entity type 'foo'. Valid values are ['metric', 'parameter', 'tag', 'attribute', 'dataset']"
        ),
        ("METRICS.a > 1", "Invalid entity type 'METRICS'."),
        ("\"params\".a = 'x'", "Invalid entity type '\"params\"'."),
        ("mlflow.runName = 'a'", "Invalid entity type 'mlflow'."),
        ("metrics.a > abc", "Expected numeric value type for metric. Found abc"),
        ("metrics.a > 'abc'", "Expected numeric value type for metric. Found 'abc'"),
        ("metrics.a LIKE 'x'", "Expected numeric value type for metric. Found 'x'"),
        ("metrics.a LIKE 1", "Invalid comparator for metric: LIKE"),
        ("metrics.a == 1", "Invalid comparator for metric: =="),
        ("metrics.a <> 1", "Invalid comparator for metric: <>"),
        (
            "metrics.a IS NULL",
            "IS NULL / IS NOT NULL is only supported for tags and params, not for 'metric' 'a'"
        ),
        ("metrics.a > +1", "Invalid clause(s) in filter string: metrics.a, >, +, 1"),
        ("metrics.a > 0x1F", "Invalid clause(s) in filter string: metrics.a, >"),
        ("params.a = 1", "Expected a quoted string value for parameter (e.g. 'my-value'). Got value 1"),
        ("params.a = NULL", "Parameter value is either not quoted"),
        ("params.a > '1'", "Invalid comparator for parameter: >"),
        ("tags.a NOT LIKE '1'", "Invalid comparator for tag: NOT LIKE"),
        ("tags.a IN ('1')", "Expected a quoted string value for tag (e.g. 'my-value'). Got value ('1')"),
        (
            "tags.a = tags.b",
            "Parameter value is either not quoted or unidentified quote types used for string value tags.b. "
                + "Use either single or double quotes."
        ),
        ("tags.a-b = 'x'", "Invalid comparison clause. Expected 'Identifier' found 'tags.a-b'"),
        ("tags.a:b = 'x'", "Invalid clause(s) in filter string: tags.a, :"),
        ("tags.e\u{301} = 'x'", "Invalid clause(s) in filter string: tags.e, \u{301}"),
        ("1 = 1", "Invalid comparison clause. Expected 'Identifier' found '1'"),
        ("status IN ('RUNNING')", "Only ['run_id'] attributes support comparison with a list of quoted string values."),
        (
            "run_id IN ()",
            "While parsing a list in the query, expected a non-empty list of string values, but got empty"
        ),
        ("run_id IN (1)", "While parsing a list in the query, expected string value, punctuation, or whitespace, but"),
        ("run_id IN (a)", "While parsing a list in the query, expected a non-empty list of string values, but got ill"),
        ("run_id IN 'a'", "Invalid clause(s) in filter string: run_id, IN, 'a'"),
        ("run_id = ('a')", "Expected a quoted string value for attribute (e.g. 'my-value'). Got value ('a')"),
        ("start_time > '1'", "Expected numeric value type for numeric attribute: start_time. Found '1'"),
        ("start_time > 9999999999999999999", "Expected an integer of at most 64 bits for start_time."),
        ("run name = 'c'", "Invalid clause(s) in filter string: run"),
        ("nope = 'x'", "Invalid attribute key 'nope' specified. Valid keys are '{"),
        ("metrics.a > 1 OR metrics.b > 1", "Invalid clause(s) in filter string: OR"),
        ("(metrics.a > 1)", "Invalid clause(s) in filter string: (metrics.a > 1)"),
        ("metrics.a >", "Invalid clause(s) in filter string: metrics.a, >"),
        ("metrics.a", "Invalid clause(s) in filter string: metrics.a"),
        ("metrics. > 1", "Invalid comparison clause. A key is missing after 'metrics.'"),
        ("params.a = 'x", "Invalid clause(s) in filter string: params.a, =, ', x"),
        ("params.a ! 'x'", "Invalid comparator for parameter: !"),
        ("dataset.nope = 'x'", "Invalid dataset key 'nope' specified."),
        ("tags.a = 'b' -- c", "Invalid clause(s) in filter string: -- c"),
        ("tags.a = 'b' /* c */", "Invalid clause(s) in filter string: /* c */"),
        ("tags.a = 'b';", "Invalid clause(s) in filter string: ;"),
        ("tags.a = 'b'; DROP TABLE runs", "Search filter contained multiple expression"),
        ("tags.a = 'x' tags.b IS NULL", "Invalid clause(s) in filter string: tags.b, IS, NULL"),
        ("  \t\n ", "Invalid filter '  \t\n '. Could not be parsed."),
        ("tags.a LIKE '\(String(repeating: "x", count: 25_001))'", "The pattern is longer than 25000 bytes."),
    ]

    @Test("that can't be is refused with the reason", arguments: refused)
    func refuses(filter: String, message: String) async throws {
        try await withTracking(.sqlite) { fixture in
            let experiment = try await fixture.experiment()
            await expectRefusal(.invalidParameterValue, message) { try await fixture.names(filter, in: [experiment]) }
        }
    }

    @Test("may have 100 conditions, and no more")
    func conditionsMax() async throws {
        try await withTracking(.sqlite) { fixture in
            let experiment = try await fixture.experiment()
            func filter(_ count: Int) -> String {
                (0..<count).map { "tags.k\($0) IS NULL" }.joined(separator: " AND ")
            }
            _ = try await fixture.run(in: experiment)
            #expect(try await fixture.names(filter(100), in: [experiment]) == ["r"])
            await expectRefusal(.invalidParameterValue, "Invalid filter: it has more than 100 conditions.") {
                try await fixture.names(filter(101), in: [experiment])
            }
        }
    }

    @Test(
        "may name 10,000 experiments, 50 keys in an order and 20,000 values, and no more",
        arguments: DatabaseBackend.allCases
    )
    func searchLimits(backend: DatabaseBackend) async throws {
        try await withTracking(backend) { fixture in
            let home = try await fixture.experiment()
            _ = try await fixture.run(in: home)
            let experiments = [home] + (1..<10_000).map { ExperimentID(number: Int64(1_000_000 + $0)) }
            let orders = (0..<50).map { "params.k\($0)" }
            let list = "(" + (0..<10_000).map { "'x\($0)'" }.joined(separator: ",") + ")"
            let two = "run_id NOT IN \(list) AND run_id NOT IN \(list)"
            #expect(try await fixture.names(two, orderBy: orders, in: experiments) == ["r"])
            let tooMany: [(String, () async throws -> [String])] = [
                ("10000 experiment ids. Got 10001.", { try await fixture.names(in: experiments + [home]) }),
                (
                    "50 keys in `order_by`. Got 51.",
                    { try await fixture.names(orderBy: orders + ["params.k"], in: [home]) }
                ),
                (
                    "20000 values in lists. Got 20001.",
                    { try await fixture.names(two + " AND run_id NOT IN ('x')", in: [home]) }
                ),
            ]
            for (message, search) in tooMany {
                await expectRefusal(.invalidParameterValue, "A search can have at most \(message)") {
                    try await search()
                }
            }
        }
    }

    @Test("of run ids finds these runs", arguments: DatabaseBackend.allCases)
    func runIDs(backend: DatabaseBackend) async throws {
        try await withFourRuns(backend) { fixture, experiment in
            let runs = try await fixture.tracking.searchRuns(RunSearch(experimentIDs: [experiment])).items.map(\.run)
            #expect(try await fixture.names("run_id = '\(runs[1].id)'", in: [experiment]) == ["c"])
            #expect(
                try await fixture.names("run_id IN ('\(runs[0].id)','\(runs[3].id)')", in: [experiment]) == ["d", "a"]
            )
            #expect(
                try await fixture.names("attribute.run_id NOT IN (\"\(runs[0].id)\")", in: [experiment]) == [
                    "c", "b", "a",
                ]
            )
        }
    }

    /// Runs a, b, c and d, each begun later than the one before.
    private func withFourRuns(
        _ backend: DatabaseBackend,
        _ test: (TrackingFixture, ExperimentID) async throws -> Void
    ) async throws {
        try await withTracking(backend) { fixture in
            let tracking = fixture.tracking
            let experiment = try await fixture.experiment()
            let a = try await fixture.run("a", in: experiment, startedAt: 10)
            let b = try await fixture.run("b", in: experiment, startedAt: 20)
            let c = try await fixture.run("c", in: experiment, startedAt: 30)
            let d = try await fixture.run("d", in: experiment, startedAt: 40, user: "bob")
            try await tracking.log(
                RunBatch(
                    metrics: [.sample("rmse", 9, step: 0), .sample("rmse", 0.5, step: 1), .sample("val loss", 2)],
                    params: [Param(key: "lr", value: "0.1"), Param(key: "depth", value: "3")],
                    tags: [Tag(key: "team", value: "Vision")]
                ),
                to: a
            )
            try await tracking.log(
                RunBatch(
                    metrics: [.sample("rmse", 1), .sample("a.b", 1)],
                    params: [Param(key: "lr", value: "0.01")],
                    tags: [Tag(key: "team", value: "vision")]
                ),
                to: b
            )
            let share = [Tag(key: "share", value: "50%"), Tag(key: "word", value: "\u{C9}t\u{C9}")]
            try await tracking.log(RunBatch(metrics: [.sample("rmse", .nan)], tags: share), to: c)
            let path = [Tag(key: "path", value: "C:\\dir"), Tag(key: "share", value: "5 percent")]
            try await tracking.log(RunBatch(metrics: [.sample("big", .infinity)], tags: path), to: d)
            try await tracking.logInputs(datasets: [.sample("iris", context: "train")], models: [], to: a)
            try await tracking.logInputs(datasets: [.sample("wine", context: "test")], models: [], to: b)
            _ = try await tracking.updateRun(
                a,
                RunChange(status: .finished, endedAt: Timestamp(milliseconds: 99)),
                by: .local
            )
            try await test(fixture, experiment)
        }
    }
}

extension DatasetInput {
    /// A dataset called `name`, used as `context`.
    static func sample(_ name: String, digest: String = "d1", context: String = "train", source: String = "{}")
        -> DatasetInput
    {
        DatasetInput(
            name: name,
            digest: digest,
            sourceType: "local",
            source: source,
            schema: nil,
            profile: nil,
            tags: [Tag(key: "mlflow.data.context", value: context)]
        )
    }
}
