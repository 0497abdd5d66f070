import ArgumentParser
import Martlet

/// A column of a list of runs, as MLflow's grammar names it: `metrics.loss`, `params.depth`, `tags.team`.
struct RunColumn: ExpressibleByArgument {
    enum Kind: String, CaseIterable {
        case metrics, params, tags
    }

    let kind: Kind
    let name: String

    init?(argument: String) {
        let parts = argument.split(separator: ".", maxSplits: 1)
        guard parts.count == 2, let kind = Kind(rawValue: String(parts[0])) else { return nil }
        self.kind = kind
        name = String(parts[1])
    }

    /// What a run has in that column; empty when it has nothing.
    func value(in run: Run) -> String {
        switch kind {
        case .metrics: run.metrics.first { $0.key == name }.map { Readable.rounded($0.value) } ?? ""
        case .params: run.params.first { $0.name == name }?.value ?? ""
        case .tags: run.tags.first { $0.name == name }?.value ?? ""
        }
    }
}
