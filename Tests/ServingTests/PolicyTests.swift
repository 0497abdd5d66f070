import Kernel
import Ledger
import Testing

@testable import Serving

@Suite("A traffic policy")
struct PolicyTests {
    private static func read(_ text: String) throws -> TrafficPolicy {
        try TrafficPolicy(try JSON.parse(text.utf8).objectValue ?? JSONObject())
    }

    @Test(
        "is the same after it has been written",
        arguments: [
            #"{"policy": "single"}"#, #"{"policy": "blue_green"}"#, #"{"policy": "shadow", "share": 0.25}"#,
            #"{"policy": "canary"}"#,
            #"{"policy": "canary", "steps": [1, 10], "step": 1, "requests_min": 5, "seconds_min": 0.5, "alpha": 0.01, "checks": ["metric"], "metric_direction": "lower", "automatic": false, "key": {"header": "X-User"}}"#,
            #"{"policy": "ab_test", "name": "a", "traffic_split": {"control": 80, "treatment": 20}, "success_metrics": ["precision", "recall", "latency"], "start_date": "2026-01-31T12:00:00Z", "end_date": 1800000000000, "status": "scheduled", "key": {"field": "user"}, "created_by": "ada"}"#,
            #"{"policy": "ab_test", "name": "a", "control_model": {"model_id": "m", "version": "1.0.0"}, "treatment_model": {"name": "t", "version": 2}}"#,
            #"{"policy": "ensemble", "method": "vote", "weights": [1, 2.5]}"#,
        ]
    )
    func roundTrip(text: String) throws {
        let policy = try Self.read(text)
        #expect(try TrafficPolicy(policy.json) == policy)
    }

    @Test(
        "is refused with the member that is wrong",
        arguments: [
            (#"{}"#, "\"policy\" must be"), (#"{"policy": "round"}"#, "\"policy\" must be one of"),
            (#"{"policy": "canary", "steps": [20, 5]}"#, "\"steps\" must be growing"),
            (#"{"policy": "canary", "steps": [100]}"#, "\"steps\" must be growing"),
            (#"{"policy": "canary", "alpha": 2}"#, "\"alpha\" must be a number from"),
            (#"{"policy": "canary", "checks": ["luck"]}"#, "\"checks\" must be a list of some of"),
            (#"{"policy": "canary", "step": 3}"#, "\"step\" must be a whole number from 0 to 2"),
            (#"{"policy": "ab_test"}"#, "\"name\" must be the experiment's name"),
            (#"{"policy": "ab_test", "name": "a", "traffic_split": {"control": 1}}"#, "\"traffic_split\" must be"),
            (#"{"policy": "ab_test", "name": "a", "start_date": "soon"}"#, "\"start_date\" must be milliseconds"),
            (#"{"policy": "ab_test", "name": "a", "end_date": 253402300800000}"#, "\"end_date\" must be milliseconds"),
            (#"{"policy": "ab_test", "name": "a", "control_model": "m"}"#, "\"control_model\" must be"),
            (#"{"policy": "ab_test", "name": "a", "start_date": 2, "end_date": 1}"#, "\"end_date\" must be after"),
            (#"{"policy": "ab_test", "name": "a", "key": {"cookie": "x"}}"#, "\"key\" must be"),
            (#"{"policy": "shadow", "share": 0}"#, "\"share\" must be a number"),
            (#"{"policy": "ensemble", "weights": [1, 0]}"#, "\"weights\" must be numbers from 0.000001"),
        ]
    )
    func refusals(text: String, message: String) throws {
        let error = #expect(throws: MartletError.self) { _ = try Self.read(text) }
        #expect(
            error?.code == .invalidParameterValue && error?.message.hasPrefix(message) == true,
            "\(error?.message ?? "")"
        )
    }

    @Test("of an experiment says what it was told, as it was told")
    func experiment() throws {
        let policy = try Self.read(
            #"{"policy": "ab_test", "name": "a", "control_model": {"model_name": "m", "version": "1.0.0"}, "traffic_split": {"control": 93, "treatment": 7}, "start_date": "2026-01-31T12:00:00.250Z", "end_date": 1800000000000}"#
        )
        let json = policy.json
        #expect(json["control_model"] == ["model_id": "m", "version": "1.0.0"])
        #expect(json["traffic_split"] == ["control": 93.0, "treatment": 7.0])
        #expect(json["start_date"] == "2026-01-31T12:00:00.250Z" && json["end_date"] == "2027-01-15T08:00:00.000Z")
    }

    @Test("of an experiment is kept with who made it, and with its variants by name and version")
    func completed() throws {
        func variant(_ name: String, _ version: Int) -> Variant {
            let digest = ContentDigest(of: [UInt8(version)])
            let at = Timestamp(milliseconds: 0)
            let local = Actor(name: "local")
            return Variant(
                name: name,
                modelName: "m",
                version: version,
                digest: digest,
                deployedAt: at,
                deployedBy: local
            )
        }
        func members(_ policy: TrafficPolicy, _ names: String...) -> [JSON?] { names.map { policy.json[$0] } }
        let variants = [variant("control", 1), variant("treatment", 2)]
        let before = Endpoint(name: "e", policyVersion: 1, policy: .single, variants: [variants[0]])
        let made = try Self.read(
            #"{"policy": "ab_test", "name": "a", "treatment_model": {"model_id": "m", "version": "2.0.0"}}"#
        )
        .completed(variants, after: before, by: Actor(name: "ada"))
        #expect(
            members(made, "control_model", "treatment_model", "created_by") == [
                ["name": "control", "model_id": "m", "version": "1"],
                ["name": "treatment", "model_id": "m", "version": "2.0.0"], "ada",
            ]
        )
        let endpoint = Endpoint(name: "e", policyVersion: 2, policy: made, variants: variants)
        let paused = try Self.read(#"{"policy": "ab_test", "name": "a", "status": "paused"}"#)
            .completed(variants, after: endpoint, by: Actor(name: "bob"))
        #expect(members(paused, "treatment_model", "created_by") == members(made, "treatment_model", "created_by"))
        let moved = [variants[0], variant("treatment", 3)]
        let changed = try Self.read(#"{"policy": "ab_test", "name": "b"}"#)
            .completed(moved, after: endpoint, by: Actor(name: "bob"))
        #expect(
            members(changed, "treatment_model", "created_by") == [
                ["name": "treatment", "model_id": "m", "version": "3"], "bob",
            ]
        )
    }

    @Test("has a hundred percent as its last step, also where it is not said")
    func lastStep() throws {
        guard case .canary(let plan) = try Self.read(#"{"policy": "canary", "steps": [5]}"#) else {
            Issue.record("no canary")
            return
        }
        #expect(plan.steps == [5, 100] && plan.share == 0.05)
    }

    @Test("holds a key to its place, spreads keys evenly, and elsewhere in another experiment")
    func keys() {
        let places = (0..<10_000).map { KeyHash.position(endpoint: "e", experiment: "x", key: "user-\($0)") }
        #expect(places.allSatisfy { $0 >= 0 && $0 < 1 })
        let below = places.count { $0 < 0.2 }
        #expect((1_850...2_150).contains(below), "\(below)")
        let others = (0..<10_000).map { KeyHash.position(endpoint: "e", experiment: "y", key: "user-\($0)") }
        let both = zip(places, others).count { $0 < 0.5 && $1 < 0.5 }
        #expect((2_300...2_700).contains(both), "\(both)")
        // The first eight bytes of SHA-256("e", 0, "x", 0, "u"), so that others can compute the same.
        #expect(
            KeyHash.position(endpoint: "e", experiment: "x", key: "u")
                == KeyHash.position(endpoint: "e", experiment: "x", key: "u")
        )
    }

    @Test(
        "finds a key wherever a protocol has it",
        arguments: [
            #"{"user": 7, "inputs": [1]}"#, #"{"parameters": {"user": "7"}, "inputs": []}"#,
            #"{"inputs": {"user": 7}}"#, #"{"inputs": [{"user": 7}, {"user": 8}]}"#,
            #"{"dataframe_records": [{"a": 1, "user": 7}]}"#,
            #"{"dataframe_split": {"columns": ["a", "user"], "data": [[1, 7]]}}"#, #"{"inputs": {"user": [7]}}"#,
        ]
    )
    func fields(body: String) {
        let found = Array(body.utf8).withUnsafeBytes { RequestKey.text(.field("user"), $0) { _ in nil } }
        #expect(found == "7")
        #expect(Array(body.utf8).withUnsafeBytes { RequestKey.text(.field("other"), $0) { _ in nil } } == nil)
    }

    @Test("of an experiment runs between its dates alone, and while it is not held")
    func dates() {
        var test = ABTest(name: "a")
        #expect(test.isRunning(at: Timestamp(milliseconds: 5)))
        test.startDate = Timestamp(milliseconds: 10)
        test.endDate = Timestamp(milliseconds: 20)
        #expect([9, 10, 19, 20].map { test.isRunning(at: Timestamp(milliseconds: $0)) } == [false, true, true, false])
        test.status = .paused
        #expect(!test.isRunning(at: Timestamp(milliseconds: 15)))
    }
}
