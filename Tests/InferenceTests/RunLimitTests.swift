import Testing

@testable import Inference

@Suite("What a run may use", .timeLimit(.minutes(2)))
struct RunLimitTests {
    /// More turns than any machine takes while a test waits.
    private static let endless: Float = 1e12

    private static func row(_ input: String, _ number: Float) throws -> [NamedTensor] {
        [NamedTensor(name: input, tensor: try Tensor(.float([number]), shape: [1, 1]))]
    }

    @Test("is a time, after which it is ended, and the next run is none the worse")
    func time() throws {
        let session = try Fixture.session("turns")
        var limits = RunLimits()
        limits.time = .milliseconds(200)
        let start = ContinuousClock.now
        let error = #expect(throws: InferenceError.self) {
            try session.run(Fixture.turns(Self.endless), within: limits)
        }
        let took = ContinuousClock.now - start
        #expect(error?.code == .timedOut)
        #expect(error?.description == "the model did not answer within 0.2 s; its run was ended")
        #expect(took >= .milliseconds(200) && took < .seconds(30), "\(took)")
        #expect(try session.run(Fixture.turns(7))[0].tensor.floats == [7])
    }

    @Test("ends that run alone, however close the next one follows")
    func neighbours() throws {
        let session = try Fixture.session("turns")
        var limits = RunLimits()
        limits.time = .milliseconds(12)
        for _ in 0..<20 {
            #expect(throws: InferenceError.self) { try session.run(Fixture.turns(Self.endless), within: limits) }
            #expect(try session.run(Fixture.turns(3))[0].tensor.floats == [3])
        }
    }

    @Test("is memory: what would need more is refused before it is there")
    func memory() throws {
        let session = try Fixture.session("room")
        let error = #expect(throws: InferenceError.self) { try session.run(Self.row("width", 2.5e9)) }
        #expect(error?.code == .answerInvalid)
        #expect(error?.description == "the model needed more memory than the 4096 MiB that a run may have")
        var limits = RunLimits()
        limits.memoryBytesMax = 1 << 20
        #expect(throws: InferenceError.self) { try session.run(Self.row("width", 300_000), within: limits) }
        #expect(try session.run(Self.row("width", 200_000), within: limits)[0].tensor.count == 200_000)
    }

    @Test("is an answer of so many bytes")
    func answer() throws {
        let session = try Fixture.session("room")
        let error = #expect(throws: InferenceError.self) { try session.run(Self.row("width", 17_000_000)) }
        #expect(error?.code == .answerInvalid)
        #expect(error?.description == "the model answers more than the 64 MiB that an answer may have")
        var limits = RunLimits()
        limits.answerBytesMax = 400
        #expect(throws: InferenceError.self) { try session.run(Self.row("width", 101), within: limits) }
        #expect(try session.run(Self.row("width", 100), within: limits)[0].tensor.count == 100)
    }

    @Test("is counted for texts and for maps of classes as well", arguments: ["iris_str", "gbdt_zipmap"])
    func answerOfTexts(fixture: String) throws {
        let session = try Fixture.session(fixture)
        let inputs = try Fixture.load(fixture).namedInputs()
        var limits = RunLimits()
        limits.answerBytesMax = 64
        let error = #expect(throws: InferenceError.self) { try session.run(inputs, within: limits) }
        #expect(error?.code == .answerInvalid)
    }

    @Test(
        "is little on a thread that others wait for: a quick model that is slow does not hold it, and rests the second time"
    )
    func atOnce() async throws {
        let executor = try InferenceExecutor(threads: 1)
        let queue = BatchingSession(try Fixture.session("turns"), merges: false, rowNanoseconds: 1_000)
        #expect(try await queue.runAtOnceInTheEnd(Fixture.turns(2), rows: 1)?[0].tensor.floats == [2])
        let start = ContinuousClock.now
        for _ in 0..<2 { #expect(try queue.runAtOnce(Fixture.turns(Self.endless), rows: 1) == nil) }
        #expect(ContinuousClock.now - start < .seconds(30))
        #expect(try queue.runAtOnce(Fixture.turns(2), rows: 1) == nil)
        #expect(try await queue.run(Fixture.turns(2), rows: 1, on: executor)[0].tensor.floats == [2])
        #expect(try await queue.runAtOnceInTheEnd(Fixture.turns(2), rows: 1)?[0].tensor.floats == [2])
    }

    @Test("is little memory there: what needs more goes elsewhere")
    func memoryAtOnce() async throws {
        let executor = try InferenceExecutor(threads: 1)
        let queue = BatchingSession(try Fixture.session("room"), merges: false, rowNanoseconds: 1_000)
        #expect(try queue.runAtOnce(Self.row("width", 5_000_000), rows: 1) == nil)
        #expect(try await queue.run(Self.row("width", 5_000_000), rows: 1, on: executor)[0].tensor.count == 5_000_000)
    }

    @Test("is also the time for which a request waits for its turn")
    func waiting() async throws {
        let queue = BatchingSession(try Fixture.session("turns", time: .milliseconds(300)), merges: false)
        let executor = try InferenceExecutor(threads: 1)
        let start = ContinuousClock.now
        await withTaskGroup(of: InferenceError?.self) { group in
            for _ in 0..<20 {
                group.addTask {
                    await #expect(throws: InferenceError.self) {
                        try await queue.run(Fixture.turns(Self.endless), rows: 1, on: executor)
                    }
                }
            }
            for await error in group { #expect(error?.code == .timedOut) }
        }
        // One after the other they would have taken six seconds and more.
        #expect(ContinuousClock.now - start < .seconds(5))
        #expect(try await queue.run(Fixture.turns(1), rows: 1, on: executor)[0].tensor.floats == [1])
    }
}

@Suite("The runs of one model that go on at once", .timeLimit(.minutes(2)))
struct ReplicaTests {
    /// Asks `queue` so often, and returns once all of that waits, for a place or for a thread: those are held.
    private static func asked(
        _ queue: BatchingSession,
        times: Int,
        on executor: InferenceExecutor
    ) async throws -> [Task<[NamedTensor], any Error>] {
        let tasks = (0..<times).map { _ in Task { try await queue.run(Fixture.turns(1), rows: 1, on: executor) } }
        while queue.counts.waiting + executor.waitingCount < times { try await Task.sleep(for: .milliseconds(1)) }
        return tasks
    }

    private static func queue(replicas: Int) throws -> BatchingSession {
        var limits = BatchingSession.Limits()
        limits.runsMax = replicas
        return BatchingSession(try Fixture.session("turns"), merges: false, limits: limits)
    }

    @Test("are as many as it has replicas", arguments: [1, 2])
    func replicas(replicas: Int) async throws {
        let executor = try InferenceExecutor(threads: 2)
        let queue = try Self.queue(replicas: replicas)
        let held = try await HeldThreads(2, of: executor)
        let tasks = try await Self.asked(queue, times: 2, on: executor)
        #expect(executor.waitingCount == replicas && queue.counts.waiting == 2 - replicas)
        held.letGo()
        for task in tasks { #expect(try await task.value[0].tensor.floats == [1]) }
        #expect(queue.counts.runs == 2 && queue.counts.waiting == 0)
    }

    @Test("are never all that the threads can do")
    func share() async throws {
        let executor = try InferenceExecutor(threads: 2, runsPerModelMax: 1)
        let queue = try Self.queue(replicas: 64)
        let held = try await HeldThreads(2, of: executor)
        let tasks = try await Self.asked(queue, times: 4, on: executor)
        #expect(executor.waitingCount == 1 && queue.counts.waiting == 3)
        held.letGo()
        for task in tasks { #expect(try await task.value[0].tensor.floats == [1]) }
    }

    @Test("go behind those of others when they end")
    func turns() async throws {
        let executor = try InferenceExecutor(threads: 1)
        let (queue, other) = (try Self.queue(replicas: 1), try Self.queue(replicas: 1))
        let held = try await HeldThreads(1, of: executor)
        let tasks = try await Self.asked(queue, times: 4, on: executor)
        let one = Task { try await other.run(Fixture.turns(1), rows: 1, on: executor) }
        while executor.waitingCount < 2 { try await Task.sleep(for: .milliseconds(1)) }
        // Right behind the run of the other model.
        let seen = Task { try await executor.run { (queue.counts, other.counts) } }
        while executor.waitingCount < 3 { try await Task.sleep(for: .milliseconds(1)) }
        held.letGo()
        let (counts, others) = try await seen.value
        #expect(counts.runs == 1 && counts.waiting == 2 && others.runs == 1)
        for task in tasks + [one] { #expect(try await task.value[0].tensor.floats == [1]) }
        #expect(queue.counts.runs == 4)
    }

    @Test("leave room on a server for those of another model, however few cores there are")
    func server() throws {
        #expect(try InferenceExecutor.forServer().runsPerModelMax >= 2)
    }
}

@Suite("A model's pace")
struct ModelPaceTests {
    private let now = ContinuousClock.now

    @Test("is quick as long as all rows together take less than 0.2 ms")
    func rows() {
        let pace = ModelPace(rowNanoseconds: 10_000)
        #expect(pace.isQuick(rows: 1, now: now) && pace.isQuick(rows: 19, now: now))
        #expect(!pace.isQuick(rows: 20, now: now) && !pace.isQuick(rows: .max, now: now))
        #expect(!ModelPace(rowNanoseconds: 200_000).isQuick(rows: 1, now: now))
    }

    @Test("is never quick where it could not be timed, whatever comes later")
    func untimed() {
        let pace = ModelPace(rowNanoseconds: nil)
        for _ in 0..<1_000 { pace.note(rows: 1, took: .nanoseconds(1)) }
        #expect(!pace.isQuick(rows: 1, now: now) && !pace.isQuick(rows: 0, now: now))
    }

    @Test("follows the runs, but not the one that was interrupted")
    func follows() {
        let pace = ModelPace(rowNanoseconds: 10_000)
        pace.note(rows: 1, took: .seconds(3))
        #expect(pace.isQuick(rows: 1, now: now))
        for _ in 0..<5 { pace.note(rows: 1, took: .milliseconds(2)) }
        #expect(!pace.isQuick(rows: 1, now: now))
        // What a run costs by itself is shared among many rows.
        for _ in 0..<1_000 { pace.note(rows: 1_000, took: .milliseconds(1)) }
        #expect(!pace.isQuick(rows: 1, now: now))
        for _ in 0..<100 { pace.note(rows: 1, took: .microseconds(10)) }
        #expect(pace.isQuick(rows: 1, now: now))
    }

    @Test("follows runs on several rows as well, where they are over at once")
    func followsBatches() {
        let pace = ModelPace(rowNanoseconds: 10_000)
        pace.note(rows: 8, took: .milliseconds(30))
        #expect(!pace.isQuick(rows: 8, now: now))
        for _ in 0..<100 { pace.note(rows: 8, took: .microseconds(80)) }
        #expect(pace.isQuick(rows: 8, now: now))
    }

    @Test("rests for a second after it has held somebody up twice within one")
    func restsAtTheSecond() {
        let pace = ModelPace(rowNanoseconds: 10_000)
        let later = ContinuousClock.now
        pace.noteHoldUp(now: later)
        #expect(pace.isQuick(rows: 1, now: later))
        pace.noteHoldUp(now: later + .milliseconds(1_001))
        #expect(pace.isQuick(rows: 1, now: later + .milliseconds(1_001)))
        pace.noteHoldUp(now: later + .milliseconds(2_000))
        #expect(!pace.isQuick(rows: 1, now: later + .milliseconds(2_999)))
        #expect(pace.isQuick(rows: 1, now: later + .milliseconds(3_001)))
    }

    @Test("rests for a second when it is told to")
    func rests() {
        let pace = ModelPace(rowNanoseconds: 10_000)
        let later = ContinuousClock.now
        pace.rest(now: later)
        #expect(!pace.isQuick(rows: 1, now: later) && !pace.isQuick(rows: 1, now: later + .milliseconds(999)))
        #expect(pace.isQuick(rows: 1, now: later + .milliseconds(1_001)))
    }
}
