import ArgumentParser
import Registry

/// What a version's document may tell, by its name in the API.
typealias DocumentMember = Registry.VersionDocument.Member

extension DocumentMember: ExpressibleByArgument {
    /// All names, for a person.
    static var names: String { allCases.map(\.rawValue).joined(separator: ", ") }
}
