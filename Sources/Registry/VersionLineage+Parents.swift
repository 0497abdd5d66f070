import Database
import Kernel
import Ledger

/// What becomes of the edges from parents, and of the documents that name them, when parents come, go, or get other
/// names. See decision 0020.
extension VersionLineage {
    /// A version that can be found now, by its number and by its semantic version where it has one.
    typealias Arrival = (number: Int, semantic: String?)

    /// Versions of `name` are there, and take the place of what stood for them.
    static func welcome(_ versions: [Arrival], of name: String, on connection: any SQLConnection) throws {
        var found: [Subject: Subject] = [:]
        for version in versions {
            let subject = ModelVersion.subject(name, version.number)
            found[external(name, String(version.number))] = subject
            if let semantic = version.semantic { found[external(name, semantic)] = subject }
        }
        let kind = LineageKind.externalModel.rawValue
        let children = try LineageStore.targets(of: kind, found.keys.map(\.id), self.kind, on: connection)
        guard !children.isEmpty else { return }
        try LineageStore.move(found.map { (from: $0, to: $1) }, on: connection)
        try VersionDocumentStore.changeParents(of: children, on: connection) { told, child in
            // A version that has come to bear the name of its own parent is not what was told.
            let arrived = found[external(told.parent)].flatMap { $0 == child ? nil : $0 }
            return (told.parent, told.subject ?? arrived)
        }
    }

    /// Versions of the model `name`, which is called `newName` now, move along with their edges, and the documents of
    /// those that came of them name them anew.
    static func rename(_ versions: [Arrival], from name: String, to newName: String, on connection: any SQLConnection)
        throws
    {
        var moves: [Subject: Subject] = [:]
        for version in versions {
            moves[ModelVersion.subject(name, version.number)] = ModelVersion.subject(newName, version.number)
        }
        try LineageStore.move(moves.map { (from: $0, to: $1) }, on: connection)
        let children = try LineageStore.targets(of: kind, moves.values.map(\.id), kind, on: connection)
        try VersionDocumentStore.changeParents(of: children, on: connection) { told, child in
            guard let subject = told.subject ?? Self.meant(told.parent, among: versions, of: name),
                let new = moves[subject], new != child
            else { return told }
            var parent = told.parent
            parent.name = newName
            return (parent, new)
        }
        try welcome(versions, of: newName, on: connection)
    }

    /// A version is called by another semantic version now: the documents of those that came of it follow.
    static func follow(_ version: ModelVersion, from old: String, to new: String, on connection: any SQLConnection)
        throws
    {
        let children = try LineageStore.targets(of: kind, [version.subject.id], kind, on: connection)
        let versions: [Arrival] = [(version.number, old)]
        try VersionDocumentStore.changeParents(of: children, on: connection) { told, _ in
            let subject = told.subject ?? Self.meant(told.parent, among: versions, of: version.modelName)
            guard subject == version.subject else { return told }
            var parent = told.parent
            if parent.version == old { parent.version = new }
            return (parent, subject)
        }
    }

    /// Versions of `name` are being deleted. What came of one keeps a place of its own, under which no later version
    /// is ever found, with what it came of itself; one of which nothing came has no place any more. `id` tells this
    /// deletion from all others.
    static func retire(_ versions: [Arrival], of name: String, id: String, on connection: any SQLConnection) throws {
        var moves: [Subject: Subject] = [:]
        for version in versions {
            let subject = ModelVersion.subject(name, version.number)
            moves[subject] = Subject(deletedKind, "\(subject.id)@\(id)")
        }
        let children = try LineageStore.targets(of: kind, moves.keys.map(\.id), kind, on: connection)
        try VersionDocumentStore.changeParents(of: children, on: connection) { told, _ in
            let subject = told.subject ?? Self.meant(told.parent, among: versions, of: name)
            return (told.parent, subject.map { moves[$0] ?? $0 })
        }
        try LineageStore.move(moves.map { (from: $0, to: $1) }, on: connection)
        // One that nothing but a deleted version came of may be over with it.
        try LineageStore.dropLeaves(of: deletedKind, moves.values.map(\.id), on: connection)
    }

    /// The one of `versions` that a parent means which nobody noted when it was found: documents of before say no more
    /// than its name.
    private static func meant(_ parent: ParentModel, among versions: [Arrival], of name: String) -> Subject? {
        guard parent.name == name, let reference = parent.reference else { return nil }
        return versions.first { version in
            switch reference {
            case .number(let number): version.number == number
            case .semantic(let semantic): version.semantic == semantic.text
            }
        }
        .map { ModelVersion.subject(name, $0.number) }
    }
}
