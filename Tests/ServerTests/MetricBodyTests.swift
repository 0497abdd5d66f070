import Kernel
import NIOCore
import Testing
import Tracking

@testable import Server

@Suite("Reading metrics fast")
struct MetricBodyTests {
    private static let usual = [
        #"{"run_id":"r","metrics":[]}"#,
        #"{"run_id":"r","metrics":[{"key":"m","value":1,"timestamp":2,"step":3}]}"#,
        #" { "metrics" : [ { "step" : -3 , "timestamp" : 1700000000000 , "value" : -0.25e-3 , "key" : "a b/c" } ] , "#
            + "\n"
            + #" "params" : [ ] , "tags" : [] , "run_uuid" : "r" } "#,
        #"{"run_id":"r","run_uuid":"other","metrics":[{"key":"größe","value":0.30000000000000004,"timestamp":0}]}"#,
        #"{"run_id":"r","metrics":[{"key":"m","value":1e40,"timestamp":999999999999999999}]}"#,
        #"{"run_id":"r","metrics":[{"key":"m","value":-0,"timestamp":1,"step":0,"model_id":"","dataset_name":"","#
            + #""dataset_digest":"d"},{"key":"m","value":12345678901234567890,"timestamp":1,"model_id":"m-1"}]}"#,
    ]

    private static let unusual = [
        "", "[]", "null", "{}", #"{"run_id":"r"}"#, #"{"run_id":"r","metrics":null}"#, #"{"metrics":[]}"#,
        #"{"run_id":"","metrics":[]}"#, #"{"run_id":"r","metrics":[]} x"#, #"{"run_id":"r","metrics":[],"more":1}"#,
        #"{"run_id":"r","run_id":"s","metrics":[]}"#, #"{"runId":"r","metrics":[]}"#, #"{"run_id":7,"metrics":[]}"#,
        #"{"run_id":"r","metrics":[],"params":[{"key":"p","value":"1"}]}"#,
        #"{"run_id":"r","metrics":[],"tags":[{"key":"t","value":"1"}]}"#,
    ]

    /// Members of a point that only the slow way reads, or that nobody takes.
    private static let unusualPoints = [
        #""key":"m","value":"1","timestamp":2"#, #""key":"m","value":"NaN","timestamp":2"#,
        #""key":"m","value":NaN,"timestamp":2"#, #""key":"m","value":Infinity,"timestamp":2"#,
        #""key":"m","value":1,"timestamp":"2""#, #""key":"m","value":1,"timestamp":2.0"#,
        #""key":"m","value":1,"timestamp":2e3"#, #""key":"m","value":1,"timestamp":9223372036854775807"#,
        #""key":"m","value":1,"timestamp":9223372036854775808"#, #""key":"m","value":01,"timestamp":2"#,
        #""key":"m","value":1,"timestamp":02"#, #""key":"m","value":1,"timestamp":-"#,
        #""key":"m","value":null,"timestamp":2"#,
        #""key":"m","value":1"#, #""key":"m","timestamp":2"#, #""value":1,"timestamp":2"#,
        #""key":"","value":1,"timestamp":2"#,
        #""key":"m\u0000","value":1,"timestamp":2"#, #""key":"m\n","value":1,"timestamp":2"#,
        "\"key\":\"m\n\",\"value\":1,\"timestamp\":2",
        #""key":"m","value":1,"timestamp":2,"run_id":"r""#, #""key":"m","value":1,"timestamp":2,"step":null"#,
        #""key":"m","value":1,"value":2,"timestamp":2"#, #""key":"m","key":"n","value":1,"timestamp":2"#,
        #""key":"m","value":1,"timestamp":2,"datasetName":"d""#, #""key":5,"value":1,"timestamp":2"#, "",
        #""key":"m","value":true,"timestamp":2"#, #""key":"m","value":1e999,"timestamp":2"#,
    ]

    private func told(_ read: (run: RunID, batch: RunBatch)?) -> String? {
        guard let read else { return nil }
        let rest = read.batch.params.map { "\($0)" } + read.batch.tags.map { "\($0)" }
        return ([read.run.text] + read.batch.metrics.map { "\($0) \($0.value.sign)" } + rest).joined(separator: "\n")
    }

    private func slow(_ body: [UInt8]) throws -> String? {
        told(try MetricRoutes.batch(ByteBuffer(bytes: body)))
    }

    private func fast(_ body: [UInt8]) -> String? {
        told(body.withUnsafeBytes { MetricBodyReader.batch($0) })
    }

    @Test("takes the usual bodies, and finds in them what the slow way finds", arguments: usual)
    func takes(body: String) throws {
        let read = try #require(fast(Array(body.utf8)))
        #expect(try read == slow(Array(body.utf8)))
    }

    @Test(
        "leaves every other body to the slow way",
        arguments: unusual + unusualPoints.map { #"{"run_id":"r","metrics":[{\#($0)}]}"# }
    )
    func leaves(body: String) {
        #expect(fast(Array(body.utf8)) == nil)
    }

    @Test("leaves text that is not UTF-8 to the slow way")
    func encoding() {
        let start = #"{"run_id":"r","metrics":[{"key":""#.utf8
        let end = #"","value":1,"timestamp":2}]}"#.utf8
        #expect(fast(start + [0x6D] + end) != nil)
        #expect(fast(start + [0xFF] + end) == nil)
    }

    @Test("never disagrees with the slow way, whatever byte is changed")
    func changed() throws {
        let bytes = Array(#"0-+.eE"\:,{}[] nu"#.utf8) + [0, 0x80]
        var taken = 0
        for body in Self.usual.map({ Array($0.utf8) }) {
            for place in body.indices {
                for byte in bytes {
                    var changed = body
                    changed[place] = byte
                    guard let read = fast(changed) else { continue }
                    taken += 1
                    #expect(try read == slow(changed), "\(String(decoding: changed, as: UTF8.self))")
                }
                let short = Array(body.prefix(place))
                if let read = fast(short) { #expect(try read == slow(short)) }
            }
        }
        #expect(taken > 500)
    }

    @Test("takes a single point, and leaves one that is unusual")
    func point() throws {
        func told(_ read: (run: RunID, metric: Metric)?) -> String? { read.map { "\($0.run) \($0.metric)" } }
        for (body, isUsual) in [
            (#"{"run_uuid":"r","run_id":"r","key":"loss","value":0.5,"timestamp":17,"step":4}"#, true),
            (#"{"run_uuid":"r","key":"loss","value":0.5,"timestamp":17,"model_id":"m-1"}"#, true),
            (#"{"run_uuid":"r","key":"loss","value":"0.5","timestamp":17}"#, false),
            (#"{"run_id":"r","key":"loss","value":0.5,"timestamp":17,"metric":1}"#, false),
        ] {
            let fast = Array(body.utf8).withUnsafeBytes { told(MetricBodyReader.point($0)) }
            #expect((fast != nil) == isUsual, "\(body)")
            if let fast { #expect(try fast == told(MetricRoutes.point(ByteBuffer(string: body)))) }
        }
        for body in [#"{"run_id":"r","key":"m","value":1}"#, #"{"key":"m","value":1,"timestamp":2}"#, "{}"] {
            #expect(Array(body.utf8).withUnsafeBytes { told(MetricBodyReader.point($0)) } == nil)
            #expect(throws: MartletError.self) { try MetricRoutes.point(ByteBuffer(string: body)) }
        }
    }
}
