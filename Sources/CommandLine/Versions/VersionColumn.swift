import Kernel
import Martlet

/// A column of a list of versions.
struct VersionColumn {
    let heading: Table.Column
    /// What stands there for a version.
    let cell: (ModelVersion) -> Table.Cell

    /// The columns for `versions`; what is told of none of them has none, nor have aliases that nobody asked for.
    static func all(for versions: [ModelVersion], _ aliases: [(name: String, value: String)]?) -> [Self] {
        func told(_ heading: Table.Column, _ text: @escaping (VersionDocument) -> String) -> [Self] {
            let isTold = versions.contains { $0.document.map(text)?.isEmpty == false }
            return isTold ? [Self(heading: heading) { .init($0.document.map(text) ?? "") }] : []
        }
        var columns = [
            Self(heading: .init(title: "MODEL", isFlexible: true)) { .init($0.name) },
            Self(heading: .init(title: "VERSION", isNumber: true)) { .init($0.version) },
        ]
        columns += told(.init(title: "SEMANTIC")) { $0.semanticVersion }
        columns.append(Self(heading: .init(title: "STAGE")) { .init($0.stage, .stage($0.stage)) })
        if let aliases {
            let named = Self(heading: .init(title: "ALIASES", isFlexible: true)) { version in
                .init(aliases.filter { $0.value == version.version }.map(\.name).joined(separator: ", "))
            }
            columns.append(named)
        }
        columns += told(.init(title: "FRAMEWORK")) { $0.framework }
        columns += told(.init(title: "METRICS", isFlexible: true), metrics)
        columns += [
            Self(heading: .init(title: "STATUS", isOptional: true)) { .init($0.status) },
            Self(heading: .init(title: "CREATED", isOptional: true)) { .init(Readable.time($0.createdAt), .faint) },
            Self(heading: .init(title: "RUN", isOptional: true)) { .init($0.runID, .faint) },
        ]
        return columns
    }

    /// The metrics that are told of a version, in one line.
    private static func metrics(_ document: VersionDocument) -> String {
        document.metrics.map { "\($0.name) \(Readable.value($0.value))" }.joined(separator: ", ")
    }
}
