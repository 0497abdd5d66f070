import Kernel
import TestSupport
import Testing
import Tracking

@Suite("A batch logged to a run")
struct BatchTests {
    @Test("is there as a whole, its doubled tags with the last value", arguments: DatabaseBackend.allCases)
    func whole(backend: DatabaseBackend) async throws {
        try await withTracking(backend) { fixture in
            let id = try await fixture.run(tags: [Tag(key: "t", value: "0")])
            let batch = RunBatch(
                metrics: [.sample("b", 2), .sample("a", 1)],
                params: [Param(key: "q", value: ""), Param(key: "p", value: "1")],
                tags: [Tag(key: "t", value: "1"), Tag(key: "t", value: "2")]
            )
            for _ in 0..<2 { try await fixture.tracking.log(batch, to: id) }
            let details = try await fixture.tracking.runDetails(id)
            #expect(details.metrics.map(\.key) == ["a", "b"] && details.metrics.map(\.value) == [1, 2])
            #expect(details.params == [Param(key: "p", value: "1"), Param(key: "q", value: "")])
            #expect(details.tags.filter { $0.key == "t" } == [Tag(key: "t", value: "2")])
        }
    }

    @Test("has two keys where a key is spelled in two ways", arguments: DatabaseBackend.allCases)
    func spellings(backend: DatabaseBackend) async throws {
        try await withTracking(backend) { fixture in
            let id = try await fixture.run()
            let (ohm, omega) = ("\u{2126}", "\u{03A9}")
            let batch = RunBatch(
                metrics: [.sample(ohm, 1), .sample(omega, 2), .sample(ohm, 3, step: 1)],
                params: [Param(key: ohm, value: "1"), Param(key: omega, value: "2")],
                tags: [Tag(key: ohm, value: "1"), Tag(key: omega, value: "2")]
            )
            for _ in 0..<2 { try await fixture.tracking.log(batch, to: id) }
            let details = try await fixture.tracking.runDetails(id)
            func told(_ pairs: [(String, String)]) -> [String] { pairs.map { "\($0.utf8.count) \($1)" }.sorted() }
            #expect(told(details.metrics.map { ($0.key, "\($0.value)") }) == ["2 2.0", "3 3.0"])
            #expect(told(details.params.map { ($0.key, $0.value) }) == ["2 2", "3 1"])
            #expect(told(details.tags.filter { $0.key == ohm }.map { ($0.key, $0.value) }) == ["2 2", "3 1"])
            await expectRefusal(.invalidParameterValue, "Changing param values is not allowed.") {
                try await fixture.tracking.log(Param(key: "p", value: ohm), to: id)
                try await fixture.tracking.log(Param(key: "p", value: omega), to: id)
            }
        }
    }

    private static let refused: [(message: String, batch: RunBatch)] = [
        (
            "Changing param values is not allowed. Params were already logged='[{'key': 'p', 'old_value': '1', "
                + "'new_value': '2'}]' for run ID='",
            RunBatch(params: [Param(key: "n", value: "1"), Param(key: "p", value: "2")])
        ),
        (
            "Duplicate parameter keys have been submitted: ['n']. ",
            RunBatch(params: [Param(key: "n", value: "1"), Param(key: "n", value: "1")])
        ),
        ("Got invalid timestamp -1 for metric 'n' (value=1.0). ", RunBatch(metrics: [.sample("n", 1, at: -1)])),
        (
            "Invalid value \"a//b\" for parameter 'metrics[1].name' supplied: ",
            RunBatch(metrics: [.sample("n", 1), .sample("a//b", 1)])
        ),
        (
            "Invalid value \"../b\" for parameter 'params[0].key' supplied: ",
            RunBatch(params: [Param(key: "../b", value: "1")])
        ),
        (
            "Invalid value \"n?\" for parameter 'tags[0].key' supplied: Names may only contain",
            RunBatch(tags: [Tag(key: "n?", value: "1")])
        ),
    ]

    @Test("with one bad row leaves nothing of it behind", arguments: refused, DatabaseBackend.allCases)
    func nothing(expected: (message: String, batch: RunBatch), backend: DatabaseBackend) async throws {
        try await withTracking(backend) { fixture in
            let id = try await fixture.run()
            try await fixture.tracking.log(Param(key: "p", value: "1"), to: id)
            var batch = expected.batch
            batch.metrics = [.sample("first", 1)] + batch.metrics + [.sample("last", 1)]
            batch.tags = [Tag(key: "first", value: "1")] + batch.tags
            batch.params.append(Param(key: "last", value: "1"))
            // The rows before move the places that messages name.
            let message = expected.message.replacing("[1].name", with: "[2].name").replacing("tags[0]", with: "tags[1]")
            await expectRefusal(.invalidParameterValue, message) { try await fixture.tracking.log(batch, to: id) }
            let details = try await fixture.tracking.runDetails(id)
            #expect(details.metrics.isEmpty)
            #expect(details.params == [Param(key: "p", value: "1")])
            #expect(details.tags.map(\.key) == ["mlflow.runName"])
            #expect(try await fixture.tracking.metricHistory(id, key: "first", limit: 9, page: nil).items.isEmpty)
        }
    }

    @Test("holds at most 1000 metrics, 100 params, 100 tags, and 1000 of all")
    func bounds() async throws {
        try await withTracking(.sqlite) { fixture in
            let id = try await fixture.run()
            func batch(_ metrics: Int, _ params: Int, _ tags: Int) -> RunBatch {
                RunBatch(
                    metrics: (0..<metrics).map { .sample("m", 1, step: Int64($0)) },
                    params: (0..<params).map { Param(key: "p\($0)", value: "") },
                    tags: (0..<tags).map { Tag(key: "t\($0)", value: "") }
                )
            }
            for (refused, message) in [
                (batch(1001, 0, 0), "at most 1000 metrics. Got 1001 metrics. Please split up metrics across multiple"),
                (batch(0, 101, 0), "at most 100 params. Got 101 params."),
                (batch(0, 0, 101), "at most 100 tags. Got 101 tags."),
                (batch(950, 51, 0), "at most 1000 metrics, params, and tags. Got 1001 metrics, params, and tags."),
            ] {
                await expectRefusal(.invalidParameterValue, "A batch logging request can contain \(message)") {
                    try await fixture.tracking.log(refused, to: id)
                }
            }
            try await fixture.tracking.log(batch(1000, 0, 0), to: id)
            try await fixture.tracking.log(batch(800, 100, 100), to: id)
            try await fixture.tracking.log(RunBatch(), to: id)
            #expect(try await fixture.tracking.metricHistory(id, key: "m", limit: 9999, page: nil).items.count == 1000)
        }
    }

    @Test("of values that are too long keeps their beginnings, as MLflow's server does")
    func truncates() async throws {
        try await withTracking(.sqlite) { fixture in
            let id = try await fixture.run()
            let long = String(repeating: "\u{E9}", count: 9000)
            try await fixture.tracking.log(
                RunBatch(params: [Param(key: "p", value: long)], tags: [Tag(key: "t", value: long)]),
                to: id
            )
            // What is logged again is as long as before, and so the same.
            try await fixture.tracking.log(Param(key: "p", value: long), to: id)
            let details = try await fixture.tracking.runDetails(id)
            #expect(details.params.first?.value.count == 6000)
            #expect(details.tags.last?.value.count == 8000)
        }
    }

    @Test("of names is bound by length, letters and path")
    func names() async throws {
        try await withTracking(.sqlite) { fixture in
            let id = try await fixture.run()
            let long = String(repeating: "k", count: 250)
            for name in ["a", "a/b.c-d_e f:g", "a..b", "\u{E9}\u{4E2D}1", long, "-", ".a"] {
                try await fixture.tracking.log(Metric.sample(name, 1), to: id)
            }
            let resolves =
                "for parameter 'name' supplied: Names may be treated as files in certain cases, and must not "
                + "resolve to other names when treated as such. This name would resolve to '"
            for (name, plain) in [
                ("../x", "../x"), ("/x", "/x"), ("x/", "x"), ("a//b", "a/b"), ("./a", "a"), ("a/./b", "a/b"),
                ("a/../b", "b"), (".", "."), ("..", ".."), ("...", "..."), ("..a", "..a"), ("a/..", "."),
            ] {
                await expectRefusal(.invalidParameterValue, "Invalid value \"\(name)\" \(resolves)\(plain)'") {
                    try await fixture.tracking.log(Metric.sample(name, 1), to: id)
                }
            }
            // MLflow shows the name as JSON in ASCII.
            for (name, shown) in [
                ("a\\b", "a\\\\b"), ("a;b", "a;b"), ("a'b", "a'b"), ("a\u{0}b", "a\\u0000b"), ("a\nb", "a\\nb"),
                ("a%b", "a%b"), ("a*", "a*"), ("\u{2028}", "\\u2028"), ("\u{1F600}", "\\ud83d\\ude00"),
            ] {
                await expectRefusal(
                    .invalidParameterValue,
                    "Invalid value \"\(shown)\" for parameter 'key' supplied: Names may only"
                ) {
                    try await fixture.tracking.log(Param(key: name, value: ""), to: id)
                }
            }
            await expectRefusal(.invalidParameterValue, "'key' exceeds the maximum length of 250 characters") {
                try await fixture.tracking.setTag(Tag(key: long + "k", value: ""), on: id)
            }
            await expectRefusal(.invalidParameterValue, "Missing value for required parameter 'key'.") {
                try await fixture.tracking.setTag(Tag(key: "", value: ""), on: id)
            }
        }
    }

    @Test(
        "param is set once: the same value again changes nothing, another is refused",
        arguments: DatabaseBackend.allCases
    )
    func paramOnce(backend: DatabaseBackend) async throws {
        try await withTracking(backend) { fixture in
            let id = try await fixture.run()
            for _ in 0..<2 { try await fixture.tracking.log(Param(key: "p", value: "A"), to: id) }
            try await fixture.tracking.log(RunBatch(params: [Param(key: "p", value: "A")]), to: id)
            await expectRefusal(
                .invalidParameterValue,
                "Changing param values is not allowed. Param with key='p' was already logged with value='A' for run "
                    + "ID='\(id)'. Attempted logging new value 'B'."
            ) { try await fixture.tracking.log(Param(key: "p", value: "B"), to: id) }
            #expect(try await fixture.tracking.runDetails(id).params == [Param(key: "p", value: "A")])
        }
    }
}
