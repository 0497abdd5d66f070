import Database
package import Kernel

/// What a search asks for, in MLflow's grammar.
package struct RegistryQuery: Sendable {
    /// Conditions joined by `AND`; empty for none.
    package var filter: String
    /// Keys, each with `ASC` or `DESC` behind it or nothing; empty for the standard order.
    package var orderBy: [String]
    /// How many items a page has at most, from 1.
    package var limit: Int
    /// Where the page begins.
    package var page: PageToken?

    /// A search for what `filter` describes.
    package init(filter: String = "", orderBy: [String] = [], limit: Int, page: PageToken? = nil) {
        self.filter = filter
        self.orderBy = orderBy
        self.limit = limit
        self.page = page
    }
}

/// Searches.
extension RegistryService {
    /// The most registered models on a page.
    package static let modelPageMax = 1000
    /// The most versions on a page.
    package static let versionPageMax = 200_000

    /// A page of registered models; prompts only when the filter asks for them. In the order of names, unless asked
    /// otherwise.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE` for a bad filter, order or limit.
    package func searchModels(_ query: RegistryQuery) async throws -> Page<RegisteredModel> {
        try RegistryRules.checkPageSize(query.limit, atMost: Self.modelPageMax)
        let (selection, offset) = try Self.selection(query, in: RegistrySearch.models)
        return try await database.read { connection in
            let models = try RegisteredModelStore.models(selection, on: connection)
            return Page(probing: models, limit: query.limit, offset: offset)
        }
    }

    /// A page of versions, without aliases; prompts only when the filter asks for them. Last changed first, unless
    /// asked otherwise.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE` for a bad filter, order or limit.
    package func searchVersions(_ query: RegistryQuery) async throws -> Page<ModelVersion> {
        try RegistryRules.checkPageSize(query.limit, atMost: Self.versionPageMax)
        let (selection, offset) = try Self.selection(query, in: RegistrySearch.versions)
        return try await database.read { connection in
            let versions = try ModelVersionStore.versions(selection, on: connection)
            return Page(probing: versions, limit: query.limit, offset: offset)
        }
    }

    private static func selection(
        _ query: RegistryQuery,
        in table: RegistrySearch.Table
    ) throws -> (SQLSelection, offset: Int) {
        let offset = query.page?.offset ?? 0
        let selection = try RegistrySearch.selection(
            in: table,
            filter: query.filter,
            orderBy: query.orderBy,
            offset: offset,
            limit: query.limit
        )
        return (selection, offset)
    }
}
