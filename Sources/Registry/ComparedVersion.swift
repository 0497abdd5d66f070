package import Kernel
package import Tracking

/// One of several versions that are looked at side by side.
package struct ComparedVersion: Sendable {
    /// The version and what is told of it.
    package let described: DescribedVersion
    /// The run that made it, where this server knows it.
    package let run: RunDetails?

    /// Its hyperparameters: those of its document, else the params of its run.
    package var hyperparameters: [(String, JSON)] {
        if let told = described.document.hyperparameters { return told.members.map { ($0.name, $0.value) } }
        return run?.params.map { ($0.key, .string($0.value)) } ?? []
    }

    /// Its metrics: those of its document, else the latest points of its run.
    package var metrics: [(String, JSON)] {
        if let told = described.document.metrics { return told.members.map { ($0.name, $0.value) } }
        return run?.metrics.map { ($0.key, .number($0.value)) } ?? []
    }
}
