/// The engines that every store is tested on.
package enum DatabaseBackend: String, CaseIterable, Sendable {
    case sqlite
    case postgresql
}
