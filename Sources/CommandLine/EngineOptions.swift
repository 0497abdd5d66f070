import ArgumentParser
import Foundation

/// How much of the machine a model that runs in the command's own process may take.
struct EngineOptions: ParsableArguments {
    @Option(help: "The threads on which an ONNX model runs. (default: one a core, at most 8)")
    var threads: Int?

    @Option(help: "The processes of a model that Python runs.")
    var replicas = 1

    var threadCount: Int { threads ?? min(8, ProcessInfo.processInfo.activeProcessorCount) }

    func validate() throws {
        guard (1...256).contains(threads ?? 1) else { throw ValidationError("--threads is from 1 to 256.") }
        guard (1...64).contains(replicas) else { throw ValidationError("--replicas is from 1 to 64.") }
    }
}
