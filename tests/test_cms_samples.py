"""The reference's sample answers (invented values, true key names), where they are at hand beside the repository."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest
from scrapy.http import HtmlResponse

EXAMPLES = Path(__file__).parents[2] / "shared" / "platforms_examples"
Sample = tuple[str, str, str, int, int | None, str | None, str | None]
SAMPLES: tuple[Sample, ...] = (  # file, family, address, entries, total, index and document number of the first row
    ("binzhou_listQuery.json", "oneoffs", "/zfxxgk/api/news/listQuery?pageNo=1&pageSize=20", 1, 980, None, None),
    ("chinatax_search5.json", "kaipu", "/search5/search/s?pageNum=0&pageSize=20",
     1, 5321, None, "示例总局公告2024年第9号"),
    ("epoint_getgovinfolist.json", "epoint", "/rest/lightfrontaction/getgovinfolist", 1, 431, None, None),
    ("eportal_xxgkml_queryList.json", "eportal", "/eportal/ui?portal.url=/portlet/xxgkml!queryList.portlet",
     1, 212, None, None),
    ("gkmlpt_api_all.json", "gkmlpt", "/gkmlpt/api/all/103?page=1",
     1, 231, "11440399MB2C00001X/2024-00031", "示府规〔2024〕3号"),
    ("govcn_zhengcelibrary.json", "govcn", "/search-gov/data?t=zhengcelibrary&p=1&n=5",
     2, 27289, None, "国发〔2024〕99号"),
    ("govcn_zhengcelibrary_gw.json", "govcn", "/search-gov/data?p=2&n=20", 1, 7123, None, "国办发〔2024〕98号"),
    ("govcn_zuixin_feed.json", "govcn", "/zhengce/zuixin/ZUIXINZHENGCE.json", 2, None, None, None),
    ("ilist_jsp_list.html", "cicro", "/info/iList.jsp?node_id=GKexs&cat_id=15971&cur_page=1", 1, None, None, None),
    ("jiangxi_queryList.json", "querylist", "/queryList", 1, 1588, None, None),
    ("jilin_govsearch_jsonp.txt", "was", "/govsearch/jsonp/zf_jd_list.jsp?page=1",
     1, None, None, "示政办发〔2024〕7号"),
    ("jpaas_unit.json", "jpaas", "/api-gateway/jpaas-publish-server/front/page/build/unit", 2, 386, None, None),
    ("jsearch_cateSearch.json", "searchapi", "/jsearchfront/interfaces/cateSearch.do", 2, 1203, None, None),
    ("kaipu_common_search.json", "kaipu", "/common/search/ab?_pageSize=20",
     1, 753, "99000001X/2024-00123", "示厅发〔2024〕5号"),
    ("kaipu_common_search_html.html", "kaipu", "/common/search/ab?_isJson=false", 1, None, None, None),
    ("lonsun_publicInfoList.html", "lonsun", "/site/label/8888?labelName=publicInfoList&pageIndex=2",
     2, 413, None, None),
    ("lonsun_searchDataList.json", "lonsun", "/site/label/8888?labelName=searchDataList", 1, 413, None, None),
    ("mca_gdnps_jsonp.txt", "oneoffs", "/gdnps/searchIndex.jsp?params=%7B%22goPage%22%3A1%7D", 1, 2000, None, None),
    ("nfcms_postmeta_i.json", "nfcms", "/postmeta/i/9001.json", 1, 1203, None, "示发〔2024〕8号"),
    ("openness_target_list.html", "openness", "/opennessTarget/?page=1",
     1, None, "99000001X/202404-00031", "示政〔2024〕3号"),
    ("suzhou_loadData.json", "kaipu", "/szinf/xxgk/interfacesWebZcwj/loadData",
     1, 1880, "99000001X/2024-01001", "示府〔2024〕10号"),
    ("trs_igs_list.json", "igs", "/igs/front/search/list.html?pageNumber=1", 1, 1622, None, "示政发〔2024〕3号"),
    ("trs_igs_rows.json", "igs", "/igs/front/search/publish/data/list.html", 1, 321, None, None),
    ("trs_irs_list_response.json", "irs", "/irs/front/list", 1, 598, None, None),
    ("trs_was_docs.json", "was", "/was5/web/search?channelid=1&page=1&prepage=15", 1, 6550, None, "示〔2024〕9号"),
    ("truecms_jsonp.txt", "truecms", "/x/messageController/getMessage.do?startrecord=1", 1, 120, None, None),
    ("vsb_egovinfo_list.html", "vsb", "/zwgk/xxgkml.jsp?ainfolist1501p=2", 1, 356, "99000001-X-30/2024-0308002", None),
    ("vsb_pagenum_list.html", "vsb", "/list.jsp?totalpage=20&PAGENUM=1&wbtreeid=1310", 1, 391, None, None),
    ("vsb_static_reversed.html", "vsb", "/index/tzgg.htm", 1, None, None, None),
)  # fmt: skip


@pytest.mark.skipif(not EXAMPLES.exists(), reason="the reference's samples are not at hand")
@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: str(sample[0]))
def test_a_sample_is_read_as_it_stands(sample: Sample) -> None:
    file, name, path, entries, total, index_number, document_number = sample
    response = HtmlResponse("http://www.example.gov.cn" + path, body=(EXAMPLES / file).read_bytes())
    module = importlib.import_module(f"crawler.cms.{name}")
    found = module.listing(response)
    assert module.recognise(response)
    assert (len(found.entries), found.total) == (entries, total)
    first = found.entries[0]
    assert first.title.startswith(("示例", "国务院", "关于示例"))
    assert first.date is not None or file.startswith("chinatax")
    assert first.stated.get("index_number") == index_number
    assert first.stated.get("document_number") == document_number
