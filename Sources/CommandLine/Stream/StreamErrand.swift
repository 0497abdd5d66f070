import EventStream
import Foundation
import Inference
import Kernel
import Logging
import Martlet
import NativeLibraries
import Serving
import Server
import UnixSignals

/// What `martlet stream` does: fetch the model, answer events until a signal, and follow where the model goes.
struct StreamErrand: Sendable {
    /// The streams.
    struct Addresses: Sendable {
        let input: StreamAddress
        let output: StreamAddress
        let deadLetters: StreamAddress
    }

    /// What is asked beside the streams and the model.
    struct Settings: Sendable {
        var threads = 1
        var replicas = 1
        var batchMax = 256
        /// How often the reference is looked at again; nil for never.
        var followPause: Duration?
        /// How long what is in hand may take after a signal.
        var drainTime = Duration.seconds(30)
        var metrics: (host: String, port: Int)?
    }

    /// What answers events until the end, and is watched.
    private struct Work: Sendable {
        let job: StreamJob
        let ends: EventStreams.Ends
        let current: CurrentStreamModel
        let counters: StreamCounters
        let workshop: StreamWorkshop
    }

    /// How a part of the work has ended.
    private enum Ending: Sendable {
        case job
        case other
    }

    private static let lagPause = Duration.seconds(1)

    let client: MartletClient
    let reference: StreamReference
    let addresses: Addresses
    let settings: Settings
    let python: PythonSettings?
    let environment: [String: String]
    let meter: StreamMeter

    /// Works until a signal.
    ///
    /// - Throws: ``ClientError``; an exit code after a signal that came before there was anything to answer with.
    func run() async throws -> StreamCounts {
        do {
            let workshop = try StreamWorkshop(self)
            let outcome: Result<StreamCounts, any Error>
            do {
                outcome = .success(try await answer(workshop))
            } catch {
                outcome = .failure(error)
            }
            meter.end()
            await workshop.close { [meter] in meter.note($0) }
            return try outcome.get()
        } catch {
            if let told = ClientError(telling: error) { throw told }
            throw error
        }
    }

    private func answer(_ workshop: StreamWorkshop) async throws -> StreamCounts {
        // Trapped before the model is loaded and read after it, so that a signal between the two is not lost.
        let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm)
        let (meaning, first) = try await Interruption.guarding(meter.form, saying: "Stopped before the first event.") {
            let meaning = try await reference.meaning(client)
            return (meaning, try await load(meaning, workshop))
        }
        let current = CurrentStreamModel(first)
        let trouble = StreamTrouble { [meter] in meter.note($0) }
        let streams = EventStreams(libraries: workshop.libraries, trouble: trouble)
        let ends = try streams.open(from: addresses.input, to: addresses.output, deadLetters: addresses.deadLetters)
        let counters = StreamCounters()
        let job = StreamJob(
            StreamJob.Parts(
                ends: ends,
                model: current,
                executor: workshop.executor,
                counters: counters,
                trouble: trouble,
                clock: .system,
                batchMax: settings.batchMax
            )
        )
        meter.note(
            "Answering \(addresses.input.shown) with version \(meaning.version) of '\(meaning.name)', to"
                + " \(addresses.output.shown)."
        )
        let outcome: Result<Void, any Error>
        do {
            let work = Work(job: job, ends: ends, current: current, counters: counters, workshop: workshop)
            outcome = .success(try await accompany(work, from: meaning, until: signals))
        } catch {
            outcome = .failure(error)
        }
        await ends.close()
        try outcome.get()
        return counters.counts
    }

    private func load(_ meaning: StreamReference.Meaning, _ workshop: StreamWorkshop) async throws -> StreamModel {
        let model = try await workshop.load(meaning)
        for misfit in model.misfits { meter.note("A rule of the contract is not kept: \(misfit)") }
        return model
    }

    /// Runs the job, and beside it what watches it.
    private func accompany(
        _ work: Work,
        from meaning: StreamReference.Meaning,
        until signals: UnixSignalsSequence
    ) async throws {
        try await withThrowingTaskGroup(of: Ending.self) { group in
            defer { group.cancelAll() }
            group.addTask {
                try await work.job.run()
                return .job
            }
            group.addTask { try await drain(work.job, signals) }
            group.addTask { try await watchLag(work) }
            group.addTask { [meter] in
                try await meter.watch(work.counters)
                return .other
            }
            if let pause = settings.followPause, reference.moves {
                group.addTask { try await follow(work, from: meaning, every: pause) }
            }
            if let (host, port) = settings.metrics {
                group.addTask { try await showMetrics(work, host, port) }
            }
            while let ending = try await group.next() {
                if case .job = ending { return }
            }
        }
    }

    /// Waits for a signal, has the job end, and cuts it off when that takes too long.
    private func drain(_ job: StreamJob, _ signals: UnixSignalsSequence) async throws -> Ending {
        for await _ in signals { break }
        try Task.checkCancellation()
        job.stop()
        try await Task.sleep(for: settings.drainTime)
        throw ClientError(
            .refused,
            "What was in hand could not be finished in \(settings.drainTime.components.seconds) s after the signal.",
            remedy: "It is not committed: whoever goes on reads it again."
        )
    }

    private func watchLag(_ work: Work) async throws -> Ending {
        while true {
            try await Task.sleep(for: Self.lagPause)
            do {
                work.counters.note(lag: try await work.ends.source.lag())
            } catch is CancellationError {
                throw CancellationError()
            } catch {
                // An old lag would look like one of now. The job tells of a stream that is away.
                work.counters.note(lag: [])
            }
        }
    }

    /// Has the version answer that the reference means, whenever that changes.
    private func follow(
        _ work: Work,
        from meaning: StreamReference.Meaning,
        every pause: Duration
    ) async throws -> Ending {
        var meaning = meaning
        var failure: StreamLoadFailure?
        let trouble = StreamTrouble(pause: .seconds(60)) { [meter] in meter.note($0) }
        while true {
            try await Task.sleep(for: pause)
            do {
                let now = try await reference.meaning(client)
                guard now != meaning, failure?.holdsBack(now) != true else { continue }
                do {
                    work.current.replace(with: try await load(now, work.workshop))
                } catch {
                    failure = StreamLoadFailure(of: now, after: failure)
                    throw error
                }
                meaning = now
                meter.note("Version \(now.version) of '\(now.name)' answers from here on.")
            } catch {
                guard !Task.isCancelled, let told = ClientError(telling: error) else { throw error }
                // A version that can't be loaded, or a full disk, is no reason to stop the one that answers.
                trouble.note("The version stays: \(told.message)")
            }
        }
    }

    private func showMetrics(_ work: Work, _ host: String, _ port: Int) async throws -> Ending {
        var logger = Logger(label: "martlet.stream")
        logger.logLevel = .error
        let server = StreamMetricsServer(host: host, port: port, logger: logger) {
            work.counters.counts.metrics(of: work.current.model)
        }
        try await server.run { [meter] port in meter.note("Metrics are at http://\(host):\(port)/metrics.") }
        return .other
    }
}
