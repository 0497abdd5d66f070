import Foundation
import Kernel
import Logging
import Testing

@testable import Inference

@Suite("A worker's parts")
struct WorkerTests {
    private static func rows(_ values: [Double], name: String = "x") throws -> WorkerRequest {
        let tensor = try Tensor(.double(values), shape: [values.count])
        return .tensors([NamedTensor(name: name, tensor: tensor)], rows: values.count)
    }

    @Test("A process is started again at once, then ever later, and anew after a minute of life")
    func pace() {
        var pace = RestartPace()
        let waits = (0..<9).map { _ in pace.wait(afterLife: .seconds(1)) }
        let halves = [0, 1, 2, 4, 8, 16, 32, 60, 60]
        #expect(waits == halves.map { .milliseconds(500 * $0) })
        #expect(pace.wait(afterLife: .seconds(60)) == .zero)
        #expect(pace.wait(afterLife: .seconds(1)) == .milliseconds(500))
    }

    @Test("A frame says its lengths, and one that is too long is none")
    func frame() throws {
        let bytes = WorkerFrame.bytes(capacity: 3) { head in
            head.name("ok")
            head.value(true)
        } _: { payload in
            payload += [7, 8, 9]
        }
        let lengths = try #require(WorkerFrame.lengths(Array(bytes[..<12]), payloadBytesMax: 3))
        #expect(lengths.head == 11 && lengths.payload == 3 && bytes.count == 12 + 11 + 3)
        let frame = try #require(WorkerFrame(head: Array(bytes[12..<23]), payload: Array(bytes[23...])))
        #expect(frame.head["ok"] == true && frame.payload == [7, 8, 9])
        #expect(WorkerFrame.lengths(Array(bytes[..<12]), payloadBytesMax: 2) == nil)
        #expect(WorkerFrame.lengths([UInt8](repeating: 0xFF, count: 12), payloadBytesMax: .max) == nil)
        #expect(WorkerFrame(head: Array("[]".utf8), payload: []) == nil)
    }

    @Test("Several requests are one frame, row after row")
    func merged() throws {
        let bytes = WorkerRequest.frame([try Self.rows([1, 2]), try Self.rows([3])])
        let lengths = try #require(WorkerFrame.lengths(Array(bytes[..<12]), payloadBytesMax: 100))
        let frame = try #require(WorkerFrame(head: Array(bytes[12..<12 + lengths.head]), payload: []))
        #expect(frame.head["rows"] == 3)
        #expect(frame.head["tensors"]?.arrayValue?[0].objectValue?["shape"] == [3])
        let payload = bytes[(12 + lengths.head)...]
        let values = payload.withUnsafeBytes { Tensor.Values(raw: $0, .double, count: 3) }
        #expect(values == .double([1, 2, 3]))
    }

    @Test("An answer is parted by rows, unless it has other rows")
    func parted() throws {
        let tensor = try Tensor(.int64([1, 2, 3, 4, 5, 6]), shape: [3, 2])
        let outputs = [NamedTensor(name: "y", tensor: tensor)]
        let answer = WorkerAnswer(form: .values, outputs: outputs, document: [], features: [], rows: 3)
        #expect(answer.part(1..<3, of: 3)?.outputs[0].tensor.values == .int64([3, 4, 5, 6]))
        #expect(answer.part(0..<1, of: 4) == nil)
    }

    @Test(
        "Answers that are not what they say are refused",
        arguments: [
            #"{"ok": true, "form": "values", "outputs": [{"name": "y", "datatype": "FP64", "shape": [2], "size": 8}]}"#,
            #"{"ok": true, "form": "values", "outputs": [{"name": "y", "datatype": "FP64", "shape": [-1], "size": 8}]}"#,
            #"{"ok": true, "form": "values", "outputs": [{"name": "y", "datatype": "FP16", "shape": [1], "size": 8}]}"#,
            #"{"ok": true, "form": "values", "outputs": [{"name": "y", "datatype": "FP64", "shape": [1], "size": 9}]}"#,
            #"{"ok": true, "form": "values", "outputs": []}"#,
            #"{"ok": true, "form": "document", "sizes": [9, 0]}"#,
            #"{"ok": true, "form": "document", "sizes": [-1, 9]}"#,
            #"{"ok": true}"#, "{}",
        ]
    )
    func refused(head: String) throws {
        let frame = try #require(WorkerFrame(head: Array(head.utf8), payload: [UInt8](repeating: 0, count: 8)))
        #expect(throws: WorkerFault.self) { try WorkerAnswer(frame) }
    }

    @Test("A process that ends before its model is there says what was being done", arguments: [true, false])
    func ended(ownsEnvironment: Bool) throws {
        let queue = WorkerQueue(limits: WorkerLimits(), merges: false)
        let counters = WorkerCounters(replicas: 1)
        let folder = FileManager.default.temporaryDirectory.path
        let replica = try WorkerReplica(
            0,
            WorkerReplica.Shared(
                start: WorkerProcess.Start(
                    arguments: ["/bin/sh", "-c", "exit 3"],
                    environment: [:],
                    folder: folder
                ),
                limits: WorkerLimits(),
                ownsEnvironment: ownsEnvironment,
                queue: queue,
                counters: counters,
                files: WorkerFiles(root: folder + "/no such folder", model: folder),
                logger: Logger(label: "test")
            )
        )
        var failure: InferenceError?
        replica.run { if case .failure(let error) = $0 { failure = error } }
        let deed = ownsEnvironment ? "its environment was made" : "it was loaded"
        let told = try #require(failure).description
        #expect(told.contains("its Python process ended while \(deed) (exit status 3)"), "\(told)")
        #expect(counters.snapshot.replicas[0].processID == nil)
    }

    @Test("What waits is taken together as far as it is alike and within the bound of rows")
    func gathered() async throws {
        var limits = WorkerLimits()
        limits.batchRowsMax = 4
        let requests = try [
            Self.rows([1, 2]), Self.rows([3]), Self.rows([4, 5]), Self.rows([6], name: "z"), Self.rows([7], name: "z"),
        ]
        #expect(try await Self.counts(of: requests.map { WorkerCall($0) }, limits) == [2, 1, 2])
    }

    @Test("What is asked apart is taken alone, whether it comes first or follows")
    func apart() async throws {
        let calls = try [false, true, false, false, true, true].map { isApart in
            WorkerCall(try Self.rows([1]), isApart: isApart)
        }
        #expect(try await Self.counts(of: calls, WorkerLimits()) == [1, 1, 2, 1, 1])
    }

    /// How many of `calls`, which wait in this order, are taken each time.
    private static func counts(of calls: [WorkerCall], _ limits: WorkerLimits) async throws -> [Int] {
        let queue = WorkerQueue(limits: limits, merges: true)
        let bell = try WorkerBell()
        queue.join(bell)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            for (index, call) in calls.enumerated() {
                group.addTask {
                    _ = try? await call.answer.value { queue.append(call) }
                }
                while queue.waitingCount <= index { await Task.yield() }
            }
            var counts: [Int] = []
            while case .calls(let calls) = queue.turn(of: bell) {
                counts.append(calls.count)
                for call in calls { call.answer.fail(.runFailed, "enough") }
            }
            try await group.waitForAll()
            return counts
        }
    }
}
