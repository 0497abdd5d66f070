/// One page of a longer list.
package struct Page<Item: Sendable>: Sendable {
    /// The items, in the list's order.
    package let items: [Item]
    /// Where the next page begins, or nil on the last one.
    package let next: PageToken?

    /// A page of `items` after which `next` begins.
    package init(items: [Item], next: PageToken?) {
        self.items = items
        self.next = next
    }

    /// The page cut from `rows`, which were asked for with one row more than `limit` to see whether more follow.
    package init(probing rows: [Item], limit: Int, offset: Int) {
        items = Array(rows.prefix(limit))
        next = rows.count > limit ? PageToken(offset: offset + limit) : nil
    }

    /// The same page with each item turned into another.
    package func map<Other: Sendable>(_ transform: (Item) throws -> Other) rethrows -> Page<Other> {
        Page<Other>(items: try items.map(transform), next: next)
    }
}

/// Where a page begins; opaque to clients, MLflow's base64 of `{"offset": N}` underneath.
package struct PageToken: Hashable, Sendable {
    /// How many items come before the page.
    package let offset: Int

    /// The page that begins after `offset` items.
    package init(offset: Int) {
        self.offset = offset
    }

    /// The page that `text` names.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE` when `text` is no token of ours.
    package init(_ text: String) throws {
        guard let bytes = Base64.decode(text),
            let object = try? JSON.parse(bytes).objectValue,
            case .integer(let offset)? = object["offset"], (0...Int64(Int32.max)).contains(offset)
        else {
            throw MartletError(.invalidParameterValue, "Invalid page token, could not base64-decode")
        }
        self.offset = Int(offset)
    }

    /// The token as clients carry it.
    package var text: String { Base64.encode(Array("{\"offset\": \(offset)}".utf8)) }
}
