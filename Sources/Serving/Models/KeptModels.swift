import Kernel
import Synchronization

/// Models that an endpoint served before, kept for a while so that going back takes no time.
final class KeptModels: Sendable {
    private struct Entry {
        let model: LoadedModel
        let since: Timestamp
    }

    // Of an endpoint at most as many models as a policy has variants.
    private let entries = Mutex<[String: [Variant.Identity: Entry]]>([:])

    /// Keeps of `left`, and of what is kept already, the models of `wanted` for the endpoint called `name`.
    func keep(
        _ left: [Variant.Identity: LoadedModel],
        of wanted: Set<Variant.Identity>,
        for name: String,
        since time: Timestamp
    ) {
        entries.withLock { entries in
            let models = (entries[name] ?? [:]).merging(left.mapValues { Entry(model: $0, since: time) }) { $1 }
            let kept = models.filter { wanted.contains($0.key) }
            entries[name] = kept.isEmpty ? nil : kept
        }
    }

    /// Lets go of everything that is kept for the endpoint called `name`.
    func letGo(of name: String) {
        entries.withLock { $0[name] = nil }
    }

    /// The model that was `variant` at the endpoint called `name`.
    func model(of variant: Variant.Identity, for name: String) -> LoadedModel? {
        entries.withLock { $0[name]?[variant]?.model }
    }

    /// Lets go of what has been kept since before `time`.
    func release(before time: Timestamp) {
        entries.withLock { entries in
            entries = entries.mapValues { $0.filter { !($0.value.since < time) } }.filter { !$0.value.isEmpty }
        }
    }

    /// Whether anything is kept.
    var isEmpty: Bool { entries.withLock { $0.isEmpty } }
}
