import ArgumentParser
import EventStream
import Foundation
import Kernel
import Martlet
import Serving

/// `martlet stream`.
struct StreamCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "stream",
        abstract: "Answer the events of a Kafka topic or a Redis stream with a registered version, into another one.",
        discussion: """
            A stream is kafka://host:port/topic or redis://:password@host:port/db/stream, in and out as you like; one that \
            is read has a group: ?group=NAME. The model comes from the server and runs here; when an alias, a stage or an \
            endpoint moves to another version, that version answers from the next batch on.

            An event is committed when its reply is written, so none is lost; a reply is known by its id. What can't be \
            answered goes to the dead letters with the reason. SIGTERM finishes what is in hand, commits it and leaves \
            the group. docs/streams.md says which options the addresses have.

            Exit codes: 0 stopped by a signal; 1 refused or failed; 2 wrong options; 3 no server answered; 130 or 143 \
            stopped by a signal while the model was loaded.

            Example: martlet stream --model iris@champion --in 'kafka://127.0.0.1:9092/flowers?group=iris' \
            --out kafka://127.0.0.1:9092/predictions --dead-letters kafka://127.0.0.1:9092/flowers.dead
            """
    )

    @Option(
        help: ArgumentHelp(
            "The version: NAME@alias, NAME/3, NAME/Production, NAME/latest or NAME/1.4.0, with models:/ before it or not.",
            valueName: "model"
        )
    )
    var model: String?

    @Option(help: "In place of a version the endpoint whose version answers, held to the endpoint's contract.")
    var endpoint: String?

    @Option(name: .customLong("in"), help: ArgumentHelp("The stream that is read.", valueName: "url"))
    var input: String

    @Option(name: .customLong("out"), help: ArgumentHelp("The stream of the replies.", valueName: "url"))
    var output: String

    @Option(help: ArgumentHelp("The stream of what can't be answered.", valueName: "url"))
    var deadLetters: String

    @Option(help: "The most events that are read, answered and committed together. (default: 256)")
    var batchMax = 256

    @Option(
        help: "The seconds after which it is looked whether another version is meant; 0 keeps the first. (default: 5)"
    )
    var follow = 5

    @Option(help: "The port at which Prometheus finds /metrics; 0 takes any free one. (default: none)")
    var metricsPort: Int?

    @Option(help: "The address of that port. (default: 127.0.0.1)")
    var metricsHost = "127.0.0.1"

    @Option(help: "The seconds that what is in hand may take after a signal. (default: 30)")
    var drainTimeout = 30

    @OptionGroup var engine: EngineOptions

    @OptionGroup(title: "Python")
    var workers: WorkerOptions

    @OptionGroup var options: ClientOptions

    func validate() throws {
        guard (1...1_000).contains(batchMax) else { throw ValidationError("--batch-max is from 1 to 1000.") }
        guard (0...86_400).contains(follow) else { throw ValidationError("--follow is from 0 to 86400 seconds.") }
        guard (0...65_535).contains(metricsPort ?? 0) else { throw ValidationError("--metrics-port is no port.") }
        guard (1...3_600).contains(drainTimeout) else { throw ValidationError("--drain-timeout is from 1 to 3600.") }
        guard (model == nil) != (endpoint == nil) else {
            throw ValidationError("Either --model or --endpoint says what answers.")
        }
        _ = try addresses(ProcessInfo.processInfo.environment)
    }

    func run(_ client: MartletClient, _ output: Output) async throws {
        let environment = ProcessInfo.processInfo.environment
        var settings = StreamErrand.Settings()
        settings.threads = engine.threadCount
        settings.replicas = engine.replicas
        settings.batchMax = batchMax
        settings.followPause = follow == 0 ? nil : .seconds(follow)
        settings.drainTime = .seconds(drainTimeout)
        settings.metrics = metricsPort.map { (metricsHost, $0) }
        let errand = StreamErrand(
            client: client,
            reference: try reference(),
            addresses: try addresses(environment),
            settings: settings,
            python: try workers.settings(environment),
            environment: environment,
            meter: StreamMeter(output)
        )
        let counts = try await errand.run()
        output.done(
            .object(StreamMeter.json(counts)),
            "Answered \(Readable.count(Int(counts.replied))) events;"
                + " \(Readable.count(Int(counts.deadLettersTotal))) dead letters."
        )
    }

    private func reference() throws -> StreamReference {
        if let endpoint { return .endpoint(endpoint) }
        return .model(try ModelReference(model ?? ""))
    }

    private func addresses(_ environment: [String: String]) throws -> StreamErrand.Addresses {
        func address(_ text: String, _ role: StreamAddress.Role, _ option: String) throws -> StreamAddress {
            do {
                return try StreamAddress(text, as: role, environment: environment)
            } catch {
                throw ValidationError("\(option): \(error.description)")
            }
        }
        let addresses = StreamErrand.Addresses(
            input: try address(input, .input, "--in"),
            output: try address(output, .output, "--out"),
            deadLetters: try address(deadLetters, .output, "--dead-letters")
        )
        guard !addresses.input.isSame(as: addresses.output), !addresses.input.isSame(as: addresses.deadLetters) else {
            throw ValidationError("The stream that is read can't be written: what is written would be read again.")
        }
        guard addresses.deadLetters[option: "transactional_id"] == nil else {
            throw ValidationError("transactional_id is an option of --out; dead letters take part in its transactions.")
        }
        return addresses
    }
}
