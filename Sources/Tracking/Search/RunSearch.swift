import Database
package import Kernel

/// What a search of runs asks for.
package struct RunSearch: Sendable {
    /// The experiments to look in.
    package var experimentIDs: [ExperimentID]
    /// MLflow's filter, nil or empty for all.
    package var filter: String?
    /// Which of the active and deleted runs.
    package var view: ViewType
    /// The order; ties go by start, newest first, then by id.
    package var orderBy: [String]
    /// The most runs a page holds, 1 to 50,000.
    package var limit: Int
    /// Where the page begins.
    package var page: PageToken?

    /// A search in `experimentIDs` for all active runs, newest first.
    package init(
        experimentIDs: [ExperimentID],
        filter: String? = nil,
        view: ViewType = .activeOnly,
        orderBy: [String] = [],
        limit: Int = 1000,
        page: PageToken? = nil
    ) {
        self.experimentIDs = experimentIDs
        self.filter = filter
        self.view = view
        self.orderBy = orderBy
        self.limit = limit
        self.page = page
    }
}
